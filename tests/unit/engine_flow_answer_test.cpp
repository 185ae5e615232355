#include "engine/flow_answer.hpp"

#include "firewall_rules.hpp"

#include <gtest/gtest.h>

namespace sshguardd::test {
namespace {

using firewall::Answer;
using firewall::Place;

struct Command {
  const char* what;
  Place place;
  Flow::Whose whose;
  Answer::Packet packet;
  const char* owner;
  const char* command;
};

Place place(firewall::Family family, const char* table, const char* chain, const char* rule,
            const char* text, bool legacy = false) {
  return {.family = family,
          .table = table,
          .chain = chain,
          .rule = rule,
          .text = text,
          .legacy = legacy};
}

TEST(FlowAnswer, names_the_command_that_goes_ahead_of_the_rule) {
  using enum firewall::Family;
  const auto login = Flow::Whose::login;
  const auto anyone = Flow::Whose::anyone;
  const Command rows[] = {
      {"nft", place(inet, "filter", "input", "7", "drop"), login, Answer::Packet::syn, "",
       "nft insert rule inet filter input ip saddr 203.0.113.7 tcp dport 22 accept"},
      {"nft, the policy", place(inet, "filter", "input", "", ""), anyone, Answer::Packet::syn, "",
       "nft insert rule inet filter input tcp dport 22 accept"},
      {"nft, the answer", place(ip, "filter", "out", "3", "drop"), login, Answer::Packet::syn_ack,
       "", "nft insert rule ip filter out ip daddr 203.0.113.7 tcp sport 22 accept"},
      {"iptables", place(ip, "filter", "mine", "3", "-j DROP"), login, Answer::Packet::syn, "",
       "iptables -I mine -s 203.0.113.7 -p tcp --dport 22 -j ACCEPT"},
      {"iptables, the policy", place(ip, "filter", "INPUT", "", ""), anyone, Answer::Packet::syn,
       "", "iptables -I INPUT -p tcp --dport 22 -j ACCEPT"},
      {"legacy, raw", place(ip, "raw", "PREROUTING", "1", "-j DROP", true), anyone,
       Answer::Packet::syn, "", "iptables-legacy -t raw -I PREROUTING -p tcp --dport 22 -j ACCEPT"},
      {"ufw", place(ip, "filter", "ufw-user-input", "1", "-j DROP"), login, Answer::Packet::syn,
       "ufw", "ufw prepend allow from 203.0.113.7 to 10.0.0.5 port 22 proto tcp"},
      {"ufw, a rule for all", place(ip, "filter", "ufw-user-input", "1", "-j DROP"), anyone,
       Answer::Packet::syn, "ufw", "ufw prepend allow from any to 10.0.0.5 port 22 proto tcp"},
      {"ufw, its default", place(ip, "filter", "ufw-reject-input", "1", "-j REJECT"), login,
       Answer::Packet::syn, "ufw", "ufw prepend allow from 203.0.113.7 to any port 22 proto tcp"},
      {"firewalld, its target", place(inet, "firewalld", "filter_IN_public", "9", "reject"), anyone,
       Answer::Packet::syn, "firewalld", "firewall-cmd --zone=public --add-service=ssh"},
      {"firewalld, it denies", place(inet, "firewalld", "filter_IN_work_deny", "9", "drop"), login,
       Answer::Packet::syn, "firewalld",
       "firewall-cmd --zone=work --add-rich-rule='rule priority=-32768 family=ipv4 source "
       "address=203.0.113.7 port port=22 protocol=tcp accept'"},
      {"firewalld, a policy", place(inet, "firewalld", "filter_IN_policy_p_pre", "9", "drop"),
       anyone, Answer::Packet::syn, "firewalld",
       "firewall-cmd --policy=p --add-rich-rule='rule priority=-32768 port port=22 protocol=tcp "
       "accept'"},
      {"firewalld, panic", place(inet, "firewalld_policy_drop", "raw_prerouting", "", ""), anyone,
       Answer::Packet::syn, "firewalld", "firewall-cmd --panic-off"},
      {"firewalld, reload", place(inet, "firewalld_policy_drop", "filter_input", "4", "drop"),
       anyone, Answer::Packet::syn, "firewalld", "systemctl restart firewalld"},
      {"firewalld, reverse path", place(inet, "firewalld", "filter_PREROUTING", "9", "drop"),
       anyone, Answer::Packet::syn, "firewalld", ""},
  };
  for (const Command& row : rows) {
    Flow flow;
    flow.whose = row.whose;
    flow.source = "203.0.113.7";
    flow.destination = "10.0.0.5";
    Answer answer;
    answer.kind = Answer::Kind::dropped;
    answer.packet = row.packet;
    answer.by = row.place;
    EXPECT_EQ(engine::command_for(flow, answer, row.owner, {}), row.command) << row.what;
  }
}

TEST(FlowAnswer, another_port_is_answered_by_who_listens_there) {
  using engine::Behind;
  struct Row {
    std::uint16_t port; // after translation
    Behind behind;
    Answer::Kind kind;
  };
  const Row rows[] = {
      {22, Behind::nobody, Answer::Kind::accepted}, {9, Behind::nobody, Answer::Kind::rejected},
      {9, Behind::sshd, Answer::Kind::accepted},    {9, Behind::another, Answer::Kind::forwarded},
      {9, Behind::unknown, Answer::Kind::accepted}, {0, Behind::nobody, Answer::Kind::accepted},
  };
  for (const Row& row : rows) {
    Answer answer;
    answer.port = row.port;
    engine::take_listener(answer, {}, row.behind);
    EXPECT_EQ(answer.kind, row.kind) << row.port;
  }
  Flow flow;
  Answer answer;
  answer.port = 9;
  engine::take_listener(answer, {}, Behind::nobody);
  engine::take_answer(flow, answer, {});
  EXPECT_EQ(flow.client, "Connection refused");
}

TEST(FlowAnswer, tells_what_of_firewalld_decides) {
  Flow flow;
  Answer answer;
  answer.kind = Answer::Kind::dropped;
  answer.by = place(firewall::Family::inet, "firewalld", "filter_IN_drop", "3", "drop");
  engine::take_answer(flow, answer, {});
  EXPECT_EQ(flow.why, "the target of firewalld's zone drop");
  answer.by->chain = "filter_IN_policy_p_deny";
  engine::take_answer(flow, answer, {});
  EXPECT_EQ(flow.why, "a rule of firewalld's policy p");
  answer.by->table = "firewalld_policy_drop";
  answer.by->chain = "raw_prerouting";
  engine::take_answer(flow, answer, {});
  EXPECT_EQ(flow.why, "firewalld is in panic mode");
  EXPECT_FALSE(flow.passing);
  answer.by->chain = "filter_input";
  engine::take_answer(flow, answer, {});
  EXPECT_EQ(flow.why, "firewalld is loading its rules");
  EXPECT_TRUE(flow.passing);
}

TEST(FlowAnswer, knows_whose_rules_they_are) {
  firewall::Ruleset rules;
  firewall::Table table{.family = firewall::Family::ip, .name = "filter"};
  table.chains.push_back({.name = "ufw-user-input"});
  rules.tables.push_back(table);
  const auto owner = [&rules](const char* name, const char* chain, const char* rule) {
    return engine::owner_of(place(firewall::Family::ip, name, chain, rule, ""), rules);
  };
  EXPECT_EQ(owner("filter", "INPUT", "").name, "ufw"); // its policy
  EXPECT_EQ(owner("filter", "INPUT", "3").name, "");   // somebody's own rule beside it
  EXPECT_EQ(owner("mangle", "INPUT", "").name, "");
  EXPECT_EQ(owner("filter", "ufw-user-input", "3").name, "ufw");
  EXPECT_TRUE(owner("filter", "f2b-sshd", "3").bans);
  EXPECT_TRUE(owner("sshguard", "blacklist", "3").bans);
  EXPECT_FALSE(owner("firewalld", "filter_INPUT", "3").bans);
}

TEST(FlowAnswer, a_ban_that_lets_somebody_in_is_none) {
  Flow flow;
  Answer answer;
  answer.kind = Answer::Kind::accepted;
  answer.by = place(firewall::Family::ip, "filter", "f2b-sshd", "3", "-j ACCEPT");
  engine::take_answer(flow, answer, {});
  EXPECT_FALSE(flow.ban);
  answer.kind = Answer::Kind::rejected;
  engine::take_answer(flow, answer, {});
  EXPECT_TRUE(flow.ban);
  EXPECT_EQ(flow.sees, Sees::refused);
  EXPECT_EQ(flow.fix, "");
}

TEST(FlowAnswer, finds_the_sources_that_rules_name) {
  using namespace firewall::rules;
  firewall::Ruleset rules;
  firewall::Table table{.family = firewall::Family::ip, .name = "filter"};
  firewall::Chain chain{.name = "input"};
  chain.rules.push_back({.statements = {saddr(bytes({10, 0, 0, 7}))}});
  chain.rules.push_back({.statements = {saddr(bytes({10, 0, 0, 7}))}});
  firewall::Match set{.terms = {term(firewall::Field::ip_saddr)}, .values = {}, .set = "friends"};
  chain.rules.push_back({.statements = {set}});
  table.chains.push_back(chain);
  table.sets.push_back({.name = "friends", .elements = {element(bytes({10, 0, 0, 9}))}});
  rules.tables.push_back(table);
  auto found = engine::named_sources(rules, false);
  EXPECT_TRUE(found.all);
  EXPECT_EQ(found.addresses,
            (std::vector<std::string>{bytes({10, 0, 0, 7}), bytes({10, 0, 0, 9})}));
  EXPECT_TRUE(engine::named_sources(rules, true).addresses.empty());
  rules.tables[0].sets[0].complete = false;
  EXPECT_FALSE(engine::named_sources(rules, false).all);
}

TEST(FlowAnswer, finds_the_ports_that_are_translated_to_one) {
  using namespace firewall::rules;
  const auto to = [](std::uint16_t port) {
    return firewall::Translate{.port = port, .address = {}, .redirect = true};
  };
  firewall::Table table{.family = firewall::Family::ip, .name = "nat"};
  firewall::Chain chain{.name = "prerouting"};
  firewall::Match other = dport(99);
  other.op = firewall::Match::Op::not_equal;
  chain.rules = {{.statements = {dport(22), to(2222)}}, {.statements = {dport(443), to(2222)}},
                 {.statements = {dport(22), to(2222)}}, {.statements = {dport(80), to(8080)}},
                 {.statements = {dport(2022), accept}}, {.statements = {to(2222)}},
                 {.statements = {other, to(2222)}},     {.statements = {saddr("x"), to(2222)}}};
  table.chains.push_back(chain);
  firewall::Ruleset rules;
  rules.tables.push_back(table);
  EXPECT_EQ(engine::ports_led_to(rules, 2222), (std::vector<std::uint16_t>{22, 443}));
  EXPECT_TRUE(engine::ports_led_to(rules, 22).empty());
  EXPECT_TRUE(engine::ports_led_to({}, 2222).empty());
  for (std::uint16_t port = 1000; port < 1020; ++port)
    rules.tables[0].chains[0].rules.push_back({.statements = {dport(port), to(2222)}});
  EXPECT_EQ(engine::ports_led_to(rules, 2222).size(), 8U);
}

} // namespace
} // namespace sshguardd::test
