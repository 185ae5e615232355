// Programs on the way of a packet, and what a socket takes, beside all rules.
#include "engine/flow_answer.hpp"
#include "engine/packet_walk.hpp"
#include "firewall_rules.hpp"

#include <gtest/gtest.h>

namespace sshguardd::firewall {
namespace {

using namespace rules;
using Kind = Answer::Kind;
using At = Program::At;

Program program(At at, std::string interface = "eth0") {
  return {.at = at, .interface = std::move(interface), .name = "a program on eth0"};
}

Ruleset with(std::vector<Chain> chains, std::vector<Program> programs) {
  Ruleset rules;
  if (!chains.empty()) rules.tables.push_back(table(std::move(chains)));
  rules.programs = std::move(programs);
  return rules;
}

TEST(BesideRules, a_program_leaves_it_open_whether_it_comes_in) {
  for (const At at : {At::xdp, At::ingress, At::egress}) {
    const Answer answer = walk(with({input(accept)}, {program(at)}), connection4());
    EXPECT_EQ(answer.kind, Kind::undecided);
    EXPECT_EQ(answer.why, "a program on eth0");
    EXPECT_FALSE(answer.by) << "no rule is in doubt";
    EXPECT_FALSE(answer.usual) << "nobody can tell what it does as a rule";
    ASSERT_EQ(answer.possible.size(), 2U);
    EXPECT_EQ(answer.possible[0].kind, Kind::accepted);
    EXPECT_EQ(answer.possible[1].kind, Kind::dropped);
  }
}

TEST(BesideRules, programs_elsewhere_do_not_count) {
  const Ruleset rules = with({}, {program(At::xdp, "eth1"), program(At::egress, "lo")});
  EXPECT_EQ(walk(rules, connection4()).kind, Kind::accepted);

  Connection past = connection4();
  past.past_programs = true;
  EXPECT_EQ(walk(with({}, {program(At::xdp)}), past).kind, Kind::accepted);
}

TEST(BesideRules, who_is_kept_out_by_rules_is_kept_out_whatever_programs_do) {
  const std::vector<Program> all{program(At::xdp), program(At::ingress), program(At::egress)};
  const Answer dropped = walk(with({input(drop)}, all), connection4());
  EXPECT_EQ(dropped.kind, Kind::dropped);
  ASSERT_TRUE(dropped.by);
  EXPECT_EQ(dropped.by->chain, "base");

  const Answer rejected = walk(with({input(accept, {{dport(22), reject()}})}, all), connection4());
  EXPECT_EQ(rejected.kind, Kind::rejected);
  ASSERT_TRUE(rejected.by);
  EXPECT_EQ(rejected.by->rule, "1");

  // The answer is dropped: the program that takes the first packet changes nothing of it.
  const Answer later = walk(with({base(Hook::output, 0, drop)}, all), connection4());
  EXPECT_EQ(later.kind, Kind::dropped);
  EXPECT_EQ(later.packet, Answer::Packet::syn_ack);
}

TEST(BesideRules, a_mark_is_not_known_behind_a_program) {
  const auto marked = [](At at) {
    Ruleset rules = with({input(accept, {{is(Field::mark, number(7)), drop}})}, {program(at)});
    return walk(rules, connection4());
  };
  EXPECT_EQ(
      walk(with({input(accept, {{is(Field::mark, number(7)), drop}})}, {}), connection4()).kind,
      Kind::accepted);
  const Answer answer = marked(At::ingress);
  EXPECT_EQ(answer.kind, Kind::undecided);
  EXPECT_EQ(answer.why, "a program on eth0");
}

TEST(BesideRules, programs_are_in_the_trace) {
  Trace trace;
  (void)walk(with({input(accept)}, {program(At::xdp)}), connection4(), &trace);
  ASSERT_FALSE(trace.steps.empty());
  EXPECT_EQ(trace.steps[0].what, Trace::Step::What::may_fit);
  EXPECT_EQ(trace.steps[0].place.table, "");
  EXPECT_EQ(engine::rule_text(trace.steps[0].place), "a program on eth0");
}

SocketFilter::Prefix prefix(std::string bytes, std::uint8_t length, std::string text) {
  return {.bytes = std::move(bytes), .length = length, .text = std::move(text)};
}
const SocketFilter::Prefix any4 = prefix(bytes({0, 0, 0, 0}), 0, "0.0.0.0/0");
const SocketFilter::Prefix any6 = prefix(std::string(16, '\0'), 0, "::/0");
const SocketFilter::Prefix doc = prefix(bytes({203, 0, 113, 0}), 24, "203.0.113.0/24");

struct Row {
  const char* why;
  std::vector<SocketFilter::Prefix> allow;
  std::vector<SocketFilter::Prefix> deny;
  Kind expected;
  bool ipv6 = false;
};

TEST(BesideRules, address_lists_of_systemd) {
  const std::vector<Row> rows{
      {"no lists", {}, {}, Kind::accepted},
      {"any is denied", {}, {any4, any6}, Kind::dropped},
      {"... of IPv6", {}, {any4, any6}, Kind::dropped, true},
      {"... the other family alone", {}, {any6}, Kind::accepted},
      {"... the other family alone", {}, {any4}, Kind::accepted, true},
      {"allowed wins, however short", {any4}, {doc}, Kind::accepted},
      {"allowed wins", {doc}, {any4}, Kind::accepted},
      {"another is allowed",
       {prefix(bytes({203, 0, 114, 0}), 24, "203.0.114.0/24")},
       {any4},
       Kind::dropped},
      {"it alone is denied", {}, {prefix(client, 32, "203.0.113.7")}, Kind::dropped},
      {"its neighbour is denied",
       {},
       {prefix(bytes({203, 0, 113, 6}), 32, "203.0.113.6")},
       Kind::accepted},
      {"bits within a byte", {}, {prefix(bytes({203, 0, 113, 4}), 30, "x/30")}, Kind::dropped},
      {"... others", {}, {prefix(bytes({203, 0, 113, 8}), 29, "x/29")}, Kind::accepted},
      {"allowed is no list of who gets in", {doc}, {}, Kind::accepted},
      {"longer than an address", {}, {prefix(client, 33, "x/33")}, Kind::accepted},
      {"of no family", {}, {prefix("abc", 8, "x")}, Kind::accepted},
      {"empty", {}, {prefix("", 0, "")}, Kind::accepted}};
  for (const Row& row : rows) {
    Ruleset rules;
    rules.socket_filters = {
        {.port = 22, .unit = "ssh.service", .allow = row.allow, .deny = row.deny}};
    const Answer answer = walk(rules, row.ipv6 ? connection6() : connection4());
    EXPECT_EQ(answer.kind, row.expected) << row.why;
    rules.socket_filters[0].port = 2222;
    EXPECT_EQ(walk(rules, connection4()).kind, Kind::accepted) << "another socket's";
    rules.socket_filters[0].port = 0;
    EXPECT_EQ(walk(rules, row.ipv6 ? connection6() : connection4()).kind, row.expected);
  }
}

TEST(BesideRules, a_denied_address_is_told_with_its_unit) {
  Ruleset rules;
  rules.socket_filters = {{.port = 22, .unit = "ssh.service", .deny = {any4}}};
  Flow flow;
  flow.source = "203.0.113.7";
  flow.whose = Flow::Whose::login;
  const Answer answer = walk(rules, connection4());
  engine::take_answer(flow, answer, rules);
  EXPECT_TRUE(flow.shut_out());
  EXPECT_EQ(flow.rule, "IPAddressDeny=0.0.0.0/0 of ssh.service");
  EXPECT_EQ(flow.owner, "systemd");
  EXPECT_EQ(flow.client, "Connection timed out");
  EXPECT_EQ(flow.fix, "systemctl set-property ssh.service IPAddressAllow=203.0.113.7");
  EXPECT_EQ(answer.told, true);

  // A rule that drops it before says more.
  rules.tables.push_back(table({input(drop)}));
  EXPECT_EQ(walk(rules, connection4()).by->chain, "base");
}

TEST(BesideRules, lists_that_the_kernel_may_not_have_leave_it_open) {
  Ruleset rules;
  rules.socket_filters = {{.unit = "ssh.service", .deny = {any4}, .unsure = true}};
  const Answer answer = walk(rules, connection4());
  EXPECT_EQ(answer.kind, Kind::undecided);
  EXPECT_EQ(answer.why, "IPAddressDeny=0.0.0.0/0 of ssh.service, if the kernel has it");
  EXPECT_EQ(walk(rules, connection6()).kind, Kind::accepted);

  rules.socket_filters[0].program = "a program of its group";
  EXPECT_EQ(walk(rules, connection6()).kind, Kind::undecided);
  EXPECT_EQ(walk(rules, connection6()).why, "a program of its group");
}

TEST(BesideRules, neighbours_are_not_asked_for_by_a_socket) {
  Ruleset rules;
  rules.socket_filters = {{.unit = "ssh.service", .deny = {any6}}};
  EXPECT_EQ(neighbours_pass(rules, connection6()).kind, Kind::accepted);
  rules.programs = {program(At::ingress)};
  EXPECT_EQ(neighbours_pass(rules, connection6()).kind, Kind::undecided);
}

TEST(BesideRules, who_is_allowed_is_named) {
  Ruleset rules;
  rules.socket_filters = {{.unit = "ssh.service",
                           .allow = {doc, prefix(bytes({127, 0, 0, 0}), 8, "127.0.0.0/8"),
                                     prefix(bytes({224, 0, 0, 0}), 4, "224.0.0.0/4"),
                                     prefix(client6, 128, "2001:db8::7"),
                                     prefix(std::string(15, '\0') + '\1', 128, "::1")},
                           .deny = {any4, any6}}};
  const auto four = engine::named_sources(rules, false);
  EXPECT_TRUE(four.all);
  ASSERT_EQ(four.addresses.size(), 1U) << "of the machine itself nobody else comes";
  EXPECT_EQ(four.addresses[0], bytes({203, 0, 113, 1}));
  EXPECT_EQ(walk(rules, connection4()).kind, Kind::accepted);
  const auto six = engine::named_sources(rules, true);
  ASSERT_EQ(six.addresses.size(), 1U);
  EXPECT_EQ(six.addresses[0], client6);
}

} // namespace
} // namespace sshguardd::firewall
