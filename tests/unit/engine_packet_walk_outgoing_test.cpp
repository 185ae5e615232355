// A connection that the machine opens: the same walk with the roles changed, and what only such a
// one meets (nat of output, masquerading, the user whose program it is, a port of its own choice).
#include "engine/packet_walk.hpp"

#include "firewall_rules.hpp"
#include "parse/iptables_save.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace sshguardd::firewall {
namespace {

using namespace rules;
using Kind = Answer::Kind;
using Packet = Answer::Packet;

const std::string platform = bytes({168, 63, 129, 16});

Connection wire_server() {
  Connection one = connection4();
  one.source = platform;
  one.port = 80;
  one.outgoing = true;
  return one;
}
Connection metadata6() {
  Connection one = connection6();
  one.port = 80;
  one.outgoing = true;
  return one;
}

Answer ask(std::vector<Table> tables, const Connection& way = wire_server()) {
  Ruleset rules;
  rules.tables = std::move(tables);
  return walk(rules, way);
}

Chain output(Verdict policy, std::vector<std::vector<Statement>> statements = {},
             int priority = 0) {
  return named("out", base(Hook::output, priority, std::move(policy), std::move(statements)));
}
Chain post(std::vector<std::vector<Statement>> statements, int priority = 0) {
  return named("post", base(Hook::postrouting, priority, accept, std::move(statements)));
}
Chain pre(std::vector<std::vector<Statement>> statements, int priority) {
  return named("pre", base(Hook::prerouting, priority, accept, std::move(statements)));
}
Chain nat_of(Hook hook, int priority, std::vector<std::vector<Statement>> statements) {
  return named("nat", base(hook, priority, accept, std::move(statements), "nat"));
}

Match daddr(std::string address) {
  return is(Field::ip_daddr, std::move(address));
}
Match sport(int value) {
  return is(Field::sport, port(value));
}
Match dports(int from, int to) {
  return match(Field::dport, Match::Op::equal, {range(port(from), port(to))});
}
Match user(std::uint32_t id) {
  return is(Field::skuid, number(id));
}

struct Shape {
  const char* why;
  std::vector<Chain> chains;
  Kind expected;
  Packet packet = Packet::syn; // that is lost
};

void expect_all(const std::vector<Shape>& shapes, const Connection& way = wire_server()) {
  for (const Shape& one : shapes) {
    const Answer answer = ask({table(one.chains)}, way);
    EXPECT_EQ(answer.kind, one.expected) << one.why << ": " << answer.why;
    const bool lost = answer.kind == Kind::dropped || answer.kind == Kind::rejected;
    EXPECT_EQ(lost ? answer.packet : one.packet, one.packet) << one.why;
  }
}

const Match answers = ct(established | related);

TEST(PacketWalkOutgoing, LeavesAndIsAnswered) {
  expect_all({
      {"nothing in the way", {}, Kind::accepted},
      {"nothing leaves", {output(drop)}, Kind::dropped},
      {"what is asked may leave", {output(drop, {{dport(80), accept}})}, Kind::accepted},
      {"... to that address", {output(drop, {{daddr(platform), accept}})}, Kind::accepted},
      {"... by another port", {output(drop, {{dport(443), accept}})}, Kind::dropped},
      {"... from the machine's address", {output(drop, {{saddr(server), accept}})}, Kind::accepted},
      {"answers alone may leave", {output(drop, {{answers, accept}})}, Kind::dropped},
      {"the first packet alone may leave",
       {output(drop, {{ct(fresh), accept}})},
       Kind::dropped,
       Packet::ack},
      {"new ones to it, and what follows",
       {output(drop, {{answers, accept}, {daddr(platform), ct(fresh), accept}})},
       Kind::accepted},
      {"input lets in what answers", {input(drop, {{answers, accept}})}, Kind::accepted},
      {"input lets in SSH alone",
       {input(drop, {{dport(22), accept}})},
       Kind::dropped,
       Packet::syn_ack},
      {"new connections are kept out", {input(drop, {{ct(established), accept}})}, Kind::accepted},
      {"... but this is none", {input(accept, {{ct(fresh), drop}})}, Kind::accepted},
      {"its address is kept out",
       {input(accept, {{saddr(platform), drop}})},
       Kind::dropped,
       Packet::syn_ack},
      {"rejected on the way out", {output(accept, {{daddr(platform), reject()}})}, Kind::rejected},
      {"rejected where it comes in",
       {input(accept, {{saddr(platform), reject()}})},
       Kind::rejected,
       Packet::syn_ack},
      {"a SYN is kept out",
       {input(accept, {{is(Field::tcp_flags, bytes({2})), drop}})},
       Kind::accepted},
      {"what is said later is kept out",
       {input(accept, {{is(Field::tcp_flags, bytes({16})), drop}})},
       Kind::dropped,
       Packet::syn_ack},
      {"behind routing", {post({{daddr(platform), drop}})}, Kind::dropped},
      {"forwarding is none of it", {base(Hook::forward, 0, drop)}, Kind::accepted},
      {"by the interface", {output(drop, {{is(Field::oifname, "eth0"), accept}})}, Kind::accepted},
      {"by another one",
       {output(accept, {{is_not(Field::oifname, "eth0"), drop}})},
       Kind::accepted},
      {"in by it", {input(drop, {{is(Field::iifname, "eth0"), accept}})}, Kind::accepted},
      {"strict reverse path",
       {pre({{is(Field::fib_saddr_oif, bytes({0})), drop}}, -150)},
       Kind::accepted},
      {"to unicast addresses",
       {output(drop, {{is(Field::fib_daddr_type, bytes({1})), accept}})},
       Kind::accepted},
      {"its answer is for this machine",
       {input(drop, {{is(Field::fib_daddr_type, bytes({2})), accept}})},
       Kind::accepted},
  });
}

TEST(PacketWalkOutgoing, PortsOfItsOwnChoice) {
  const Match low = match(Field::dport, Match::Op::less, {element(port(1024))});
  const Match high = match(Field::dport, Match::Op::greater_equal, {element(port(1024))});
  const Match bits = match(Field::dport, Match::Op::any_bit, {element(port(1))});
  const Match half = match(Field::dport, Match::Op::greater, {element(port(40000))});
  expect_all({
      {"from the port that was asked", {input(drop, {{sport(80), accept}})}, Kind::accepted},
      {"from another", {input(drop, {{sport(443), accept}})}, Kind::dropped, Packet::syn_ack},
      {"SSH is closed", {input(accept, {{dport(22), drop}})}, Kind::accepted},
      {"all but SSH is closed",
       {input(accept, {{is_not(Field::dport, port(22)), drop}})},
       Kind::dropped,
       Packet::syn_ack},
      {"low ports are closed", {input(accept, {{low, drop}})}, Kind::accepted},
      {"high ports are open", {input(drop, {{high, accept}})}, Kind::accepted},
      {"the kernel's range is open",
       {input(drop, {{dports(32768, 60999), accept}})},
       Kind::accepted},
      {"a part of it", {input(drop, {{dports(49152, 65535), accept}})}, Kind::undecided},
      {"... is closed", {input(accept, {{half, drop}})}, Kind::undecided},
      {"one of it", {input(accept, {{dport(50000), drop}})}, Kind::undecided},
      {"bits of it", {input(accept, {{bits, drop}})}, Kind::undecided},
      {"none leaves by SSH's", {output(accept, {{sport(22), drop}})}, Kind::accepted},
      {"only SSH's answers leave", {output(drop, {{sport(22), accept}})}, Kind::dropped},
  });
}

TEST(PacketWalkOutgoing, TheUserIsRoot) {
  expect_all({
      {"root alone", {output(drop, {{user(0), accept}})}, Kind::accepted},
      {"all but root are kept away",
       {output(accept, {{daddr(platform), is_not(Field::skuid, number(0)), drop}})},
       Kind::accepted},
      {"somebody else alone", {output(drop, {{user(1000), accept}})}, Kind::dropped},
      {"root is kept away", {output(accept, {{user(0), drop}})}, Kind::dropped},
      {"users of the system",
       {output(drop,
               {{match(Field::skuid, Match::Op::equal, {range(number(0), number(499))}), accept}})},
       Kind::accepted},
      {"of what comes in nobody knows", {input(accept, {{user(0), drop}})}, Kind::undecided},
      {"by group", {output(accept, {{unknown("meta skgid"), drop}})}, Kind::undecided},
  });
}

TEST(PacketWalkOutgoing, Translation) {
  const Translate redirect{.port = 8080, .address = {}, .redirect = true};
  const Translate elsewhere{.port = {}, .address = bytes({10, 0, 0, 9}), .redirect = false};
  const Translate itself{.port = 80, .address = platform, .redirect = false};
  const Translate six{.port = {}, .address = v6(9), .redirect = false};
  const auto nat_out = [](std::vector<std::vector<Statement>> rules) {
    return nat_of(Hook::output, -100, std::move(rules));
  };
  const Chain masquerade =
      nat_of(Hook::postrouting, 100,
             {{Translate{.port = {}, .address = {}, .redirect = false, .source = true}}});
  const Chain as_it_is = nat_of(Hook::postrouting, 100, {{accept}});
  expect_all({
      {"to a program here", {nat_out({{dport(80), redirect}})}, Kind::forwarded},
      {"to another machine", {nat_out({{daddr(platform), elsewhere}})}, Kind::forwarded},
      {"to where it goes anyway", {nat_out({{itself}})}, Kind::accepted},
      {"of the other family", {nat_out({{six}})}, Kind::accepted},
      {"of another port", {nat_out({{dport(53), redirect}})}, Kind::accepted},
      {"... and dropped behind it",
       {nat_out({{dport(80), redirect}}), output(drop)},
       Kind::dropped},
      {"... and its new address is nobody's to tell",
       {nat_out({{elsewhere}}), output(accept, {{daddr(platform), drop}})},
       Kind::undecided},
      {"dropped before it", {nat_out({{redirect}}), output(drop, {}, -150)}, Kind::dropped},
      {"what comes in is none of it", {nat({{dport(80), redirect}})}, Kind::accepted},
      {"a map that nobody can read", {nat_out({{anything()}})}, Kind::undecided},
      {"masqueraded", {masquerade}, Kind::accepted},
      {"... from its address until then",
       {masquerade, output(drop, {{saddr(server), accept}})},
       Kind::accepted},
      {"... before it is undone nobody knows the address",
       {masquerade, pre({{daddr(server), drop}}, -300)},
       Kind::undecided},
      {"... afterwards it is the machine's",
       {masquerade, input(drop, {{daddr(server), dports(32768, 60999), accept}})},
       Kind::accepted},
      {"... behind it", {masquerade, post({{saddr(server), drop}}, 200)}, Kind::undecided},
      {"an accept alone changes nothing",
       {as_it_is, nat_out({{dport(53), redirect}}), pre({{daddr(server), drop}}, -300)},
       Kind::dropped,
       Packet::syn_ack},
      {"... without it", {post({{saddr(server), drop}}, 200)}, Kind::dropped},
      {"an address of the machine's own choice",
       {nat_of(Hook::postrouting, 100, {{anything("snat to a map")}}),
        pre({{daddr(server), drop}}, -300)},
       Kind::undecided},
  });
  const Answer sent = ask({table({nat_out({{dport(80), redirect}})})});
  ASSERT_TRUE(sent.by);
  EXPECT_EQ(sent.by->chain, "nat");
}

TEST(PacketWalkOutgoing, ConnectionTracking) {
  const auto raw = [](std::vector<std::vector<Statement>> rules) {
    return output(accept, std::move(rules), -300);
  };
  expect_all({
      {"invalid is dropped", {output(accept, {{ct(invalid), drop}})}, Kind::accepted},
      {"... before conntrack has seen it", {raw({{ct(invalid), drop}})}, Kind::dropped},
      {"... of what comes in", {pre({{ct(invalid), drop}}, -300)}, Kind::dropped, Packet::syn_ack},
      {"untracked",
       {raw({{NoTrack{}}}), named("f", output(drop, {{ct(fresh), accept}}))},
       Kind::dropped},
      {"... is let out",
       {raw({{NoTrack{}}}), named("f", output(drop, {{ct(untracked), accept}}))},
       Kind::accepted},
      {"... and its answer is nobody's to tell",
       {raw({{dport(80), NoTrack{}}}), input(drop, {{answers, accept}})},
       Kind::undecided},
      {"the answer is untracked",
       {pre({{NoTrack{}}}, -300), input(drop, {{answers, accept}})},
       Kind::dropped,
       Packet::syn_ack},
      {"both are, and let in",
       {raw({{NoTrack{}}}), pre({{NoTrack{}}}, -300), input(drop, {{sport(80), accept}})},
       Kind::accepted},
      {"replies alone come in",
       {input(drop, {{is(Field::ct_direction, bytes({1})), accept}})},
       Kind::accepted},
      {"replies alone leave",
       {output(drop, {{is(Field::ct_direction, bytes({1})), accept}})},
       Kind::dropped},
  });
}

// What answers come in by is of another zone: the first data begins a connection there, and is
// translated.
TEST(PacketWalkOutgoing, Zones) {
  const Chain zone = pre({{SetZone{std::uint16_t{5}}}}, -300);
  const Chain both = output(accept, {{SetZone{std::uint16_t{5}}}}, -300);
  const Chain away = nat({{Translate{.port = 9, .address = {}, .redirect = true}}});
  expect_all({
      {"of one direction", {zone, away}, Kind::undecided},
      {"of both", {zone, both, away}, Kind::accepted},
      {"nothing translates", {zone, nat({{dport(53), accept}})}, Kind::accepted},
  });
}

TEST(PacketWalkOutgoing, WhatNobodyCanTell) {
  Chain marks = output(accept, {{SetMark{number(5)}}}, -150);
  marks.base->type = "route";
  expect_all({
      {"a limit", {output(drop, {{limit(), accept}})}, Kind::undecided},
      {"a queue", {output(accept, {{verdict(Verdict::Kind::queue)}})}, Kind::undecided},
      {"a chain that is not there", {output(accept, {{jump("gone")}})}, Kind::undecided},
      {"which way it goes with a mark",
       {marks, post({{is_not(Field::oifname, "eth0"), drop}})},
       Kind::undecided},
      {"the mark is gone from the answer",
       {marks, input(accept, {{is(Field::mark, number(5)), drop}})},
       Kind::accepted},
  });
  Ruleset unread;
  unread.unread = {"tables of iptables-legacy"};
  EXPECT_EQ(walk(unread, wire_server()).kind, Kind::undecided);
  Connection unknown_way = wire_server();
  unknown_way.interface.clear();
  unknown_way.way_back_by_interface.reset();
  expect_all(
      {{"the interface", {output(accept, {{is(Field::oifname, "eth0"), drop}})}, Kind::undecided}},
      unknown_way);
}

TEST(PacketWalkOutgoing, IPv6) {
  expect_all(
      {{"nothing in the way", {}, Kind::accepted},
       {"its address", {output(accept, {{is(Field::ip6_daddr, client6), drop}})}, Kind::dropped},
       {"an address of IPv4",
        {output(accept, {{is_not(Field::ip_daddr, platform), drop}})},
        Kind::accepted},
       {"the answer",
        {input(accept, {{is(Field::ip6_saddr, client6), drop}})},
        Kind::dropped,
        Packet::syn_ack}},
      metadata6());
  Ruleset rules;
  rules.tables = {table({output(drop, {{is(Field::l4proto, bytes({6})), accept}})})};
  EXPECT_EQ(walk(rules, metadata6()).kind, Kind::accepted);
  EXPECT_EQ(neighbours_pass(rules, metadata6()).kind, Kind::dropped);
}

// As the Azure agent sets it up: DNS for all, the rest for root, nothing else.
TEST(PacketWalkOutgoing, AzuresOwnRules) {
  constexpr std::string_view own =
      "*security\n"
      ":INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n"
      ":OUTPUT ACCEPT [0:0]\n"
      "-A OUTPUT -d 168.63.129.16/32 -p tcp -m tcp --dport 53 -j ACCEPT\n"
      "-A OUTPUT -d 168.63.129.16/32 -p tcp -m owner --uid-owner 0 -j ACCEPT\n"
      "-A OUTPUT -d 168.63.129.16/32 -p tcp -m conntrack --ctstate "
      "INVALID,NEW -j DROP\nCOMMIT\n";
  for (const bool legacy : {false, true}) {
    const auto tables = parse::iptables_save(own, Family::ip, legacy);
    for (const std::uint16_t port : {std::uint16_t{80}, std::uint16_t{32526}}) {
      Connection way = wire_server();
      way.port = port;
      EXPECT_EQ(ask(tables, way).kind, Kind::accepted) << port;
    }
  }
  // Without root's rule it is cut off.
  std::string without{own};
  const auto at = without.find("-A OUTPUT -d 168.63.129.16/32 -p tcp -m owner");
  without.erase(at, without.find('\n', at) + 1 - at);
  const Answer answer = ask(parse::iptables_save(without, Family::ip, false));
  EXPECT_EQ(answer.kind, Kind::dropped);
  ASSERT_TRUE(answer.by);
  EXPECT_EQ(answer.by->table, "security");
}

// The other direction asks the user, too, and goes on as before.
TEST(PacketWalkOutgoing, OfWhatComesInTheUserIsNotAsked) {
  Ruleset rules;
  rules.tables = {table({output(drop, {{user(0), accept}})})};
  const Answer answer = walk(rules, connection4());
  EXPECT_EQ(answer.kind, Kind::undecided);
  ASSERT_TRUE(answer.usual);
  EXPECT_EQ(answer.possible[*answer.usual].kind, Kind::accepted);
}

} // namespace
} // namespace sshguardd::firewall
