#include "engine/iptables_tables.hpp"
#include "engine/nft_ruleset.hpp"
#include "nft_recordings.hpp"
#include "nft_told.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace sshguardd::engine {
namespace {

using namespace nft_told;

std::string set_told(const std::string& set) {
  const auto rules = nft_ruleset(listing(R"({"table": {"family": "ip", "name": "t"}}, )" + set));
  if (!rules || rules->tables.size() != 1 || rules->tables[0].sets.size() != 1) return "none";
  const Set& read = rules->tables[0].sets[0];
  return std::string{read.complete ? "" : "more: "} + (read.dynamic ? "dynamic: " : "") +
         told({}, read.elements, {});
}

std::string set_of(const std::string& type, const std::string& rest) {
  return R"({"set": {"family": "ip", "name": "s", "table": "t", "type": )" + type + rest + "}}";
}

TEST(NftRuleset, Sets) {
  const std::string v4 = R"("ipv4_addr")";
  const std::pair<std::string, std::string_view> rows[] = {
      {set_of(v4, ""), ""},
      {set_of(v4, R"(, "elem": ["1.2.3.4", {"prefix": {"addr": "10.0.0.0", "len": 8}},
                     {"elem": {"val": {"range": ["192.0.2.1", "192.0.2.9"]}, "timeout": 9}}])"),
       "01020304, 0a000000-0affffff, c0000201-c0000209"},
      {set_of(R"(["ipv4_addr", "inet_service"])",
              R"(, "elem": [{"concat": [{"prefix": {"addr": "10.0.0.0", "len": 8}}, 22]}])"),
       "0a000000-0affffff . 0016"},
      {set_of(R"({"typeof": {"concat": [{"payload": {"protocol": "ip", "field": "saddr"}},
                 {"meta": {"key": "mark"}}]}})",
              R"(, "elem": [{"concat": ["1.1.1.1", 7]}])"),
       "01010101 . 00000007"},
      {set_of(v4, R"(, "flags": ["dynamic", "timeout"])"), "dynamic: "},
      {set_of(v4, R"(, "flags": "dynamic")"), "dynamic: "},
      {set_of(v4,
              R"(, "elem": ["1.2.3.4", "nonsense", 7, {"elem": {"val": "1.2.3.5", "limit": 1}}])"),
       "more: 01020304"},
      {set_of(v4, R"(, "elem": ["1.2.3.4" "1.2.3.5"])"), "more: "},
      {set_of(v4, R"(, "stmt": [{"limit": {"rate": 1}}], "elem": ["1.2.3.4"])"), "more: "},
      {set_of(v4, R"(, "stmt": [{"counter": null}], "elem": ["1.2.3.4"])"), "01020304"},
      {set_of(v4, R"(, "elem": "1.2.3.4")"), "more: "},
      {set_of(R"("ether_addr")", R"(, "elem": ["00:11:22:33:44:55"])"), "more: "},
      {set_of("17", R"(, "elem": ["1.2.3.4"])"), "more: "},
      {set_of(v4, R"(, "elem": ["*", "1.2.3.4"])"), "01020304, 00000000-ffffffff"},
      {R"({"map": {"family": "ip", "name": "s", "table": "t", "type": "inet_service", "map": "verdict",
           "elem": [[22, {"jump": {"target": "x"}}], ["*", {"drop": null}], [{"range": [1, 9]}, {"accept": null}]]}})",
       "0016 : jump x, 0001-0009 : accept, 0000-ffff : drop"},
      {R"({"map": {"family": "ip", "name": "s", "table": "t", "type": "inet_service", "map": "mark",
           "elem": [[22, 1]]}})",
       "more: "},
      {R"({"map": {"family": "ip", "name": "s", "table": "t", "type": "inet_service", "map": "verdict",
           "elem": [[22, {"accept": null}], [23, {"what": null}], 24]}})",
       "more: 0016 : accept"},
  };
  for (const auto& [json, read] : rows)
    EXPECT_EQ(set_told(json), read) << json;
}

TEST(NftRuleset, ElementsThatGo) {
  const auto rules = nft_ruleset(recordings::nft_sshguard);
  ASSERT_TRUE(rules);
  const Element& ban = rules->tables.at(2).sets.at(0).elements.at(0);
  EXPECT_EQ(ban.comment, "ssh-bf");
  EXPECT_TRUE(ban.expires_s && *ban.expires_s > 3000 && *ban.expires_s <= 3600);
}

TEST(NftRuleset, Chains) {
  const auto chain = [](const std::string& rest) {
    const auto rules = nft_ruleset(listing(R"({"table": {"family": "inet", "name": "t"}},
      {"chain": {"family": "inet", "table": "t", "name": "c")" +
                                           rest + "}}"));
    if (!rules || !rules->unread.empty()) return std::string{"unread"};
    const auto& base = rules->tables[0].chains.at(0).base;
    if (!base) return std::string{"none"};
    std::string text = base->type + ' ' + std::to_string(static_cast<int>(base->hook)) + ' ' +
                       std::to_string(base->priority) + ' ' + told(base->policy);
    for (const auto& device : base->devices)
      text += ' ' + device;
    return text;
  };
  const std::string input = R"(, "type": "filter", "hook": "input", "prio": )";
  const std::pair<std::string, std::string_view> rows[] = {
      {"", "none"},
      {input + R"(-10, "policy": "drop")", "filter 2 -10 drop"},
      {input + "0", "filter 2 0 accept"},
      {input + R"("security")", "filter 2 50 accept"},
      {input + R"({"+": ["mangle", 10]})", "filter 2 -140 accept"},
      {input + R"({"-": ["filter", 1]})", "filter 2 -1 accept"},
      {input + R"("of the future")", "unread"},
      {input + "4294967296", "unread"},
      {input + R"(0, "policy": "maybe")", "unread"},
      {R"(, "type": "filter", "hook": "egress", "prio": 0, "dev": "eth0")",
       "filter 6 0 accept eth0"},
      {R"(, "hook": "of the future", "prio": 0)", "unread"},
      {R"(, "type": "filter", "hook": "ingress", "prio": 0, "dev": "eth0")",
       "filter 0 0 accept eth0"},
      {R"(, "type": "filter", "hook": "ingress", "prio": 0, "dev": ["eth0", "eth1"])",
       "filter 0 0 accept eth0 eth1"},
  };
  for (const auto& [json, read] : rows)
    EXPECT_EQ(chain(json), read) << json;
}

// 1.0.6 writes what memory happens to hold where it should say "dormant".
TEST(NftRuleset, TablesThatSleep) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", "awake"},
      {R"(, "flags": "dormant")", "dormant"},
      {R"(, "flags": ["owner", "dormant"])", "dormant"},
      {R"(, "flags": ["owner", "persist"])", "awake"},
      {R"(, "flags": "Lester Gooch #5")", "unsure"},
      {R"(, "flags": "d")", "unsure"},
      {R"(, "flags": 7)", "unsure"}};
  for (const auto& [flags, state] : rows) {
    const auto rules = nft_ruleset(
        listing(R"({"table": {"family": "ip", "name": "t")" + std::string{flags} + "}}"));
    ASSERT_TRUE(rules);
    const Table& table = rules->tables.at(0);
    EXPECT_EQ(table.dormant          ? "dormant"
              : table.dormant_unsure ? "unsure"
                                     : "awake",
              state)
        << flags;
  }
}

const Chain& chain_of(const Ruleset& rules, std::string_view table, std::string_view name) {
  static const Chain none;
  for (const Table& one : rules.tables) {
    const auto found = std::ranges::find(one.chains, name, &Chain::name);
    if (one.name == table && found != one.chains.end()) return *found;
  }
  ADD_FAILURE() << "no chain " << name;
  return none;
}

TEST(NftRuleset, RecordedFail2ban) {
  const auto rules = nft_ruleset(recordings::nft_fail2ban);
  ASSERT_TRUE(rules);
  const Chain& chain = chain_of(*rules, "f2b-table", "f2b-chain");
  ASSERT_EQ(chain.rules.size(), 2U);
  EXPECT_EQ(told(chain.rules[0]), "dport == 0016 | ip_saddr == @addr-set-sshd | reject 0 ip");
  EXPECT_EQ(chain.rules[0].text,
            "tcp dport 22 ip saddr @addr-set-sshd reject with icmp port-unreachable");
  EXPECT_EQ(chain.rules[0].handle, "4");
  EXPECT_EQ(chain.base->priority, -1);
}

TEST(NftRuleset, RecordedFirewalld) {
  const auto rules = nft_ruleset(recordings::nft_firewalld);
  ASSERT_TRUE(rules);
  EXPECT_TRUE(rules->unread.empty());
  const Chain& input = chain_of(*rules, "firewalld", "filter_INPUT");
  EXPECT_EQ(input.base->priority, 10);
  EXPECT_EQ(told(input.rules.back()), "reject 5");
  EXPECT_EQ(told(chain_of(*rules, "firewalld", "filter_PREROUTING").rules.at(1)),
            "nfproto == 0a | fib_saddr_oif == 00 | drop");
  EXPECT_EQ(told(chain_of(*rules, "firewalld", "nat_PRE_public_allow").rules.at(0)),
            "nfproto == 02 | dport == 0898 | to itself:22");
}

TEST(NftRuleset, RecordedHandmade) {
  const auto rules = nft_ruleset(recordings::nft_workstation);
  ASSERT_TRUE(rules);
  EXPECT_TRUE(rules->unread.empty());
  const auto& sets = rules->tables.at(0).sets;
  ASSERT_EQ(sets.size(), 3U);
  EXPECT_TRUE(sets[0].dynamic); // the listing does not say so: a rule adds to it
  EXPECT_FALSE(sets[1].dynamic);
  const Chain& input = chain_of(*rules, "filter", "input");
  EXPECT_EQ(input.base->policy.kind, Verdict::Kind::drop);
  EXPECT_EQ(told(input.rules.at(9)), "anything <jump { tcp dport 80 accept }>");
  EXPECT_EQ(input.rules.at(6).comment, "from the tunnel");
  EXPECT_TRUE(rules->tables.at(1).dormant_unsure);
  const auto kube = nft_ruleset(recordings::nft_kube);
  ASSERT_TRUE(kube);
  EXPECT_EQ(told(chain_of(*kube, "kube-proxy", "services").rules.at(0)),
            "ip_daddr . l4proto . dport ? @service-ips");
}

TEST(NftRuleset, RecordedIptables) {
  const auto rules = nft_ruleset(recordings::nft_iptables);
  ASSERT_TRUE(rules);
  ASSERT_EQ(rules->tables.size(), 3U);
  EXPECT_TRUE(rules->tables[0].compat);
  EXPECT_FALSE(rules->tables[2].compat); // nothing in it that nft does not tell
  EXPECT_TRUE(std::ranges::all_of(rules->tables, is_iptables_table));
  for (const auto& other : {recordings::nft_fail2ban, recordings::nft_workstation,
                            recordings::nft_sshguard, recordings::nft_firewalld}) {
    const auto foreign = nft_ruleset(other);
    ASSERT_TRUE(foreign);
    EXPECT_TRUE(std::ranges::none_of(foreign->tables, is_iptables_table));
  }
}

TEST(NftRuleset, ComesInParts) {
  for (const std::size_t size : {1U, 7U, 1000U}) {
    NftReader reader;
    const std::string_view all = recordings::nft_firewalld;
    for (std::size_t at = 0; at < all.size(); at += size)
      ASSERT_TRUE(reader.feed(all.substr(at, size)));
    const auto rules = reader.end();
    ASSERT_TRUE(rules);
    EXPECT_EQ(rules->tables.at(0).chains.size(), 12U);
  }
}

TEST(NftRuleset, CutOffAnywhereItIsNone) {
  const std::string_view all = recordings::nft_fail2ban;
  for (std::size_t end = 0; end < all.size(); ++end)
    EXPECT_FALSE(nft_ruleset(all.substr(0, end))) << end;
  EXPECT_TRUE(nft_ruleset(all));
}

TEST(NftRuleset, WhatIsNoListing) {
  for (const std::string_view text :
       {"", "null", "[]", "{}", R"({"nftables": {}})", R"({"nftables": [{}}]})",
        R"({"nftables": [,]})", R"({"nftables": [{},]})", R"({"nftables": [{} {}]})",
        R"({"nftables": [1]})", R"({"nftables": []} x)", R"({"nftables": []]})", "Error: nothing",
        "\xff\xfe"})
    EXPECT_FALSE(nft_ruleset(text)) << text;
  const auto empty = nft_ruleset(" {\n\"nftables\" : [ ] }\n");
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->tables.empty() && empty->unread.empty());
}

TEST(NftRuleset, HostileObjectsAreToldAsUnread) {
  const std::string table = R"({"table": {"family": "ip", "name": "t"}}, )";
  const std::string chain = R"({"chain": {"family": "ip", "table": "t", "name": "c"}})";
  const auto rule = [](const std::string& rest) {
    return R"({"rule": {"family": "ip", "table": "t", "chain": "c", )" + rest + "}}";
  };
  const std::string rows[] = {
      "{}",
      R"({"table": 1})",
      R"({"table": {"family": "ipx", "name": "t"}})",
      R"({"table": {"family": "ip"}})",
      table + R"({"table": {"family": "ip", "name": "t"}})",
      chain, // of no table
      table + rule(R"("expr": [])"),
      table + chain + ", " + chain,
      table + set_of(R"("ipv4_addr")", "") + ", " + set_of(R"("ipv4_addr")", ""),
      R"({"element": {}})",
      R"({"table": {"family": "ip", "name": "t"}, "chain": {}})",
      "{\"table\": {\"family\": \"ip\", \"name\": \"\xff\xfe\"}}",
      R"({"rule": {x}})",
      table + chain + ", " +
          rule(R"("expr": )" + std::string(10'000, '[') + std::string(10'000, ']')),
  };
  for (const std::string& objects : rows) {
    const auto rules = nft_ruleset(listing(objects));
    ASSERT_TRUE(rules) << objects.substr(0, 200);
    EXPECT_EQ(rules->unread.size(), 1U) << objects.substr(0, 200);
  }
}

} // namespace
} // namespace sshguardd::engine
