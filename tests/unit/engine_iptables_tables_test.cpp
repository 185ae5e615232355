#include "engine/iptables_tables.hpp"
#include "engine/packet_walk.hpp"
#include "engine/rule_lookup.hpp"
#include "nft_told.hpp"
#include "parse/iptables_save.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sshguardd::engine {
namespace {

using namespace nft_told;

// Recorded: rules of iptables-nft, and what nft(8) has put between them.
constexpr std::string_view listed = R"json({"nftables": [
{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}},
{"table": {"family": "ip", "name": "filter", "handle": 1}},
{"set": {"family": "ip", "name": "blackhole", "table": "filter", "type": "ipv4_addr", "handle": 7,
  "elem": ["203.0.113.9"]}},
{"chain": {"family": "ip", "table": "filter", "name": "INPUT", "handle": 1, "type": "filter", "hook": "input",
  "prio": 0, "policy": "drop"}},
{"chain": {"family": "ip", "table": "filter", "name": "OUTPUT", "handle": 3, "type": "filter", "hook": "output",
  "prio": 0, "policy": "accept"}},
{"rule": {"family": "ip", "table": "filter", "chain": "INPUT", "handle": 8, "expr": [
  {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "@blackhole"}},
  {"counter": {"packets": 0, "bytes": 0}}, {"drop": null}]}},
{"rule": {"family": "ip", "table": "filter", "chain": "INPUT", "handle": 6, "expr": [
  {"match": {"op": "!=", "left": {"&": [{"payload": {"protocol": "tcp", "field": "flags"}},
    ["fin", "syn", "rst", "ack"]]}, "right": "syn"}},
  {"counter": {"packets": 0, "bytes": 0}}, {"accept": null}]}},
{"rule": {"family": "ip", "table": "filter", "chain": "INPUT", "handle": 4, "expr": [
  {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}},
    "right": {"prefix": {"addr": "192.0.2.0", "len": 24}}}},
  {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 22}},
  {"counter": {"packets": 0, "bytes": 0}}, {"drop": null}]}},
{"rule": {"family": "ip", "table": "filter", "chain": "INPUT", "handle": 5, "expr": [
  {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": "tcp"}},
  {"xt": {"type": "match", "name": "multiport"}},
  {"counter": {"packets": 0, "bytes": 0}}, {"accept": null}]}},
{"rule": {"family": "ip", "table": "filter", "chain": "INPUT", "handle": 10, "expr": [
  {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": {"set": [80, 443]}}},
  {"counter": {"packets": 0, "bytes": 0}}, {"accept": null}]}}]})json";

constexpr std::string_view saved = R"(*filter
:INPUT DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -j DROP
-A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT
-A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 22 -j DROP
-A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT
-A INPUT -p tcp -j ACCEPT
COMMIT
)";

Ruleset both(std::string_view text = saved) {
  auto rules = nft_ruleset(listed);
  EXPECT_TRUE(rules);
  for (Table& table : parse::iptables_save(text, Family::ip, false))
    take_saved(*rules, std::move(table));
  return std::move(*rules);
}

Answer asked(const Ruleset& rules, std::string source, std::uint16_t port) {
  Connection one;
  one.source = std::move(source);
  one.destination = {10, 0, 0, 5};
  one.local = {one.destination};
  one.port = port;
  one.interface = "eth0";
  return firewall::ask(rules, one);
}

const std::string somebody{10, 0, 0, 7};

TEST(IptablesTables, WhatSaveLosesIsTakenFromNft) {
  const Ruleset rules = both();
  ASSERT_EQ(rules.tables.size(), 1U);
  // Not everybody, as "-A INPUT -j DROP" and "-p tcp -j ACCEPT" have it.
  const Answer answer = asked(rules, somebody, 22);
  EXPECT_EQ(answer.kind, Answer::Kind::dropped);
  ASSERT_TRUE(answer.by);
  EXPECT_EQ(answer.by->text, "policy drop");
  const Answer banned = asked(rules, std::string{'\xcb', 0, 113, 9}, 80);
  EXPECT_EQ(banned.kind, Answer::Kind::dropped);
  ASSERT_TRUE(banned.by);
  EXPECT_EQ(banned.by->rule, "8");
}

TEST(IptablesTables, WhatNftDoesNotTellIsTakenFromSave) {
  const Answer answer = asked(both(), somebody, 443);
  EXPECT_EQ(answer.kind, Answer::Kind::accepted);
  ASSERT_TRUE(answer.by);
  EXPECT_EQ(answer.by->text, "-A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT");
}

TEST(IptablesTables, WhatBothTellIsToldAsIptablesDoes) {
  const Ruleset rules = both();
  const Answer answer = asked(rules, std::string{'\xc0', 0, 2, 1}, 22);
  ASSERT_TRUE(answer.by);
  EXPECT_EQ(answer.by->rule, "3");
  EXPECT_EQ(answer.by->text, "-A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 22 -j DROP");
  const Rule* rule = firewall::rule_of(rules, *answer.by);
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->text, answer.by->text);
}

// A handle of nft's and a place of iptables' may be the same number.
TEST(IptablesTables, ARuleIsFoundByItsTextToo) {
  auto rules = both();
  auto& input = rules.tables[0].chains[0].rules;
  ASSERT_EQ(input.size(), 5U);
  input[0].handle = "3";
  const Answer answer = asked(rules, std::string{'\xc0', 0, 2, 1}, 22);
  ASSERT_TRUE(answer.by);
  EXPECT_EQ(firewall::rule_of(rules, *answer.by), &input[2]);
}

TEST(IptablesTables, RulesThatCameBetweenBothQuestionsLeaveItOpen) {
  std::string fewer{saved};
  const std::string_view one = "-A INPUT -j DROP\n";
  fewer.erase(fewer.find(one), one.size());
  EXPECT_EQ(asked(both(fewer), somebody, 22).kind, Answer::Kind::undecided);
}

TEST(IptablesTables, OneThatNftDoesNotTellOfIsTakenWhole) {
  Ruleset rules;
  rules.tables.push_back({.family = Family::ip, .name = "filter", .compat = true});
  for (Table& table : parse::iptables_save(saved, Family::ip, false))
    take_saved(rules, std::move(table));
  ASSERT_EQ(rules.tables.size(), 1U);
  EXPECT_FALSE(rules.tables[0].compat);
  EXPECT_EQ(asked(rules, somebody, 443).kind, Answer::Kind::dropped); // by the first rule
}

} // namespace
} // namespace sshguardd::engine
