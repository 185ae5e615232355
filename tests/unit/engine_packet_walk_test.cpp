// The order of the kernel, its verdicts and its traps, as measured on nftables and iptables.
#include "engine/packet_walk.hpp"

#include "engine/client_message.hpp"
#include "firewall_rules.hpp"

#include <gtest/gtest.h>

namespace sshguardd::firewall {
namespace {

using namespace rules;
using Kind = Answer::Kind;

Answer ask(std::vector<Table> tables, const Connection& from = connection4()) {
  Ruleset rules;
  rules.tables = std::move(tables);
  return walk(rules, from);
}
Answer ask(Chain only, const Connection& from = connection4()) {
  return ask({table({std::move(only)})}, from);
}

struct Shape {
  const char* why;
  std::vector<Table> tables;
  Kind expected;
  bool ipv6 = false;
};

void expect_all(const std::vector<Shape>& shapes) {
  for (const Shape& one : shapes) {
    const Answer answer = ask(one.tables, one.ipv6 ? connection6() : connection4());
    EXPECT_EQ(answer.kind, one.expected) << one.why << ": " << answer.why;
  }
}

TEST(PacketWalk, NothingInTheWay) {
  const Answer answer = walk({}, connection4());
  EXPECT_EQ(answer.kind, Kind::accepted);
  EXPECT_FALSE(answer.by);
  EXPECT_EQ(answer.port, 22);
}

TEST(PacketWalk, PoliciesAndRules) {
  const Answer policy = ask(input(drop, {{dport(80), accept}}));
  EXPECT_EQ(policy.kind, Kind::dropped);
  ASSERT_TRUE(policy.by);
  EXPECT_EQ(policy.by->chain, "base");
  EXPECT_EQ(policy.by->rule, "");

  const Answer rule = ask(input(drop, {{dport(80), accept}, {dport(22), accept}}));
  // The SYN's rule, though what follows is accepted by it too.
  EXPECT_EQ(rule.kind, Kind::accepted);
  ASSERT_TRUE(rule.by);
  EXPECT_EQ(rule.by->rule, "2");

  const Answer rejected = ask(input(accept, {{dport(22), reject(RejectKind::admin_prohibited)}}));
  EXPECT_EQ(rejected.kind, Kind::rejected);
  EXPECT_EQ(rejected.reject, RejectKind::admin_prohibited);
  EXPECT_EQ(rejected.packet, Answer::Packet::syn);
}

TEST(PacketWalk, Verdicts) {
  const auto with = [](std::vector<std::vector<Statement>> base, Chain other,
                       Verdict policy = drop) {
    return std::vector{table({input(policy, std::move(base)), std::move(other)})};
  };
  expect_all({
      {"accept ends the chain", {table({input(drop, {{accept}, {drop}})})}, Kind::accepted},
      {"drop ends all", {table({input(accept, {{drop}, {accept}})})}, Kind::dropped},
      {"continue", {table({input(drop, {{go_on}, {accept}})})}, Kind::accepted},
      {"return in a base chain is the policy",
       {table({input(drop, {{back}, {accept}})})},
       Kind::dropped},
      {"... also accept", {table({input(accept, {{back}, {drop}})})}, Kind::accepted},
      {"jump comes back", with({{jump("c")}, {accept}}, chain("c", {{dport(80), drop}})),
       Kind::accepted},
      {"jump: return comes back", with({{jump("c")}, {accept}}, chain("c", {{back}, {drop}})),
       Kind::accepted},
      {"goto does not come back", with({{go_to("c")}, {accept}}, chain("c", {{dport(80), drop}})),
       Kind::dropped},
      {"goto: return is the policy", with({{go_to("c")}, {drop}}, chain("c", {{back}}), accept),
       Kind::accepted},
      {"jump, accept inside", with({{jump("c")}, {drop}}, chain("c", {{accept}})), Kind::accepted},
      {"no such chain", with({{jump("gone")}, {accept}}, chain("c", {})), Kind::undecided},
      {"queue", with({{verdict(Verdict::Kind::queue)}}, chain("c", {})), Kind::undecided},
      {"a rule without a verdict", with({{dport(22)}, {accept}}, chain("c", {})), Kind::accepted},
  });
}

// A chain that is gone to comes back to where the chain before it was jumped to from.
TEST(PacketWalk, GotoInsideAJump) {
  EXPECT_EQ(ask({table({input(drop, {{jump("a")}, {accept}}), chain("a", {{go_to("b")}, {drop}}),
                        chain("b", {{dport(80), drop}})})})
                .kind,
            Kind::accepted);
}

TEST(PacketWalk, AcceptEndsItsOwnBaseChainOnly) {
  expect_all({
      {"-10 accepts, 0 drops",
       {table({input(accept, {{accept}}, -10)}), table({input(drop)}, {}, Family::inet, "b")},
       Kind::dropped},
      {"-10 drops, 0 accepts",
       {table({input(accept, {{accept}})}), table({input(drop, {}, -10)}, {}, Family::inet, "b")},
       Kind::dropped},
      {"prerouting drops",
       {table({input(accept), base(Hook::prerouting, -300, drop)})},
       Kind::dropped},
      {"forward is not on the way", {table({base(Hook::forward, 0, drop)})}, Kind::accepted},
  });
}

TEST(PacketWalk, FamiliesAndDormantTables) {
  Table dormant = table({input(drop)});
  dormant.dormant = true;
  Table unsure = table({input(drop)});
  unsure.dormant_unsure = true;
  Table harmless = table({input(accept)});
  harmless.dormant_unsure = true;
  Table legacy = table({input(drop)}, {}, Family::ip);
  legacy.legacy = true;
  expect_all({
      {"ip6 of IPv4", {table({input(drop)}, {}, Family::ip6)}, Kind::accepted},
      {"ip6 of IPv6", {table({input(drop)}, {}, Family::ip6)}, Kind::dropped, true},
      {"ip of IPv6", {table({input(drop)}, {}, Family::ip)}, Kind::accepted, true},
      {"inet of IPv6", {table({input(drop)})}, Kind::dropped, true},
      {"arp", {table({input(drop)}, {}, Family::arp)}, Kind::accepted},
      {"a bridge may be below", {table({input(drop)}, {}, Family::bridge)}, Kind::undecided},
      {"dormant", {dormant}, Kind::accepted},
      {"perhaps dormant", {unsure}, Kind::undecided},
      {"perhaps dormant, and all the same", {harmless}, Kind::accepted},
      {"legacy drops, nft accepts", {table({input(accept, {{accept}})}), legacy}, Kind::dropped},
  });
  const Answer answer = ask({legacy});
  ASSERT_TRUE(answer.by);
  EXPECT_TRUE(answer.by->legacy);
}

// A field of one family or protocol is never there for another one, whatever the operator.
TEST(PacketWalk, WhatIsNotThereNeverFits) {
  const std::string other = bytes({10, 0, 0, 1});
  expect_all({
      {"saddr != X of IPv6",
       {table({input(accept, {{is_not(Field::ip_saddr, other), drop}})})},
       Kind::accepted,
       true},
      {"saddr != X of IPv4",
       {table({input(accept, {{is_not(Field::ip_saddr, other), drop}})})},
       Kind::dropped},
      {"ip6 saddr != X of IPv4",
       {table({input(accept, {{is_not(Field::ip6_saddr, v6(9)), drop}})})},
       Kind::accepted},
      {"ip6 saddr = X",
       {table({input(accept, {{is(Field::ip6_saddr, client6), drop}})})},
       Kind::dropped,
       true},
      {"not in a set",
       {table({input(accept, {{not_in_set(Field::ip_saddr, "s"), drop}})},
              {set("s", {element(other)})})},
       Kind::accepted,
       true},
      {"icmpv6 type",
       {table({input(accept, {{is_not(Field::icmpv6_type, bytes({135})), drop}})})},
       Kind::accepted,
       true},
      {"ct direction before conntrack",
       {table({base(Hook::prerouting, -300, accept,
                    {{is_not(Field::ct_direction, bytes({1})), drop}})})},
       Kind::accepted},
      {"interfaces of the other side are empty",
       {table({input(accept, {{is_not(Field::oifname, "eth0"), drop}})})},
       Kind::dropped},
  });
  // A reject leaves its family out of listings.
  Verdict only = reject();
  only.only = Family::ip;
  EXPECT_EQ(ask(input(accept, {{only}}), connection6()).kind, Kind::accepted);
  EXPECT_EQ(ask(input(accept, {{only}})).kind, Kind::rejected);
  only.only = Family::ip6;
  EXPECT_EQ(ask(input(drop, {{only}, {accept}})).kind, Kind::accepted);
}

TEST(PacketWalk, Fields) {
  const auto when = [](Match match) {
    return std::vector{table({input(accept, {{std::move(match), drop}})})};
  };
  Match syn = is(Field::tcp_flags, bytes({2}));
  syn.terms[0].mask = bytes({0x17});
  Match subnet = match(Field::ip_saddr, Match::Op::equal,
                       {range(bytes({203, 0, 113, 0}), bytes({203, 0, 113, 255}))});
  Match masked = is(Field::ip_saddr, bytes({203, 0, 113, 0}));
  masked.terms[0].mask = bytes({255, 255, 255, 0});
  using Op = Match::Op;
  expect_all({
      {"tcp", when(is(Field::l4proto, bytes({6}))), Kind::dropped},
      {"udp", when(is(Field::l4proto, bytes({17}))), Kind::accepted},
      {"nfproto", when(is(Field::nfproto, bytes({2}))), Kind::dropped},
      {"nfproto of IPv6", when(is(Field::nfproto, bytes({2}))), Kind::accepted, true},
      {"ethertype", when(is(Field::protocol, bytes({0x86, 0xdd}))), Kind::dropped, true},
      {"SYN only", when(syn), Kind::dropped},
      {"subnet", when(subnet), Kind::dropped},
      {"mask", when(masked), Kind::dropped},
      {"port below", when(match(Field::dport, Op::less, {element(port(1024))})), Kind::dropped},
      {"port not below", when(match(Field::dport, Op::less, {element(port(22))})), Kind::accepted},
      {"at most", when(match(Field::dport, Op::less_equal, {element(port(22))})), Kind::dropped},
      {"above", when(match(Field::dport, Op::greater, {element(port(22))})), Kind::accepted},
      {"at least", when(match(Field::dport, Op::greater_equal, {element(port(22))})),
       Kind::dropped},
      {"several", when(match(Field::dport, Op::equal, {element(port(1)), element(port(22))})),
       Kind::dropped},
      {"interface", when(is(Field::iifname, "eth0")), Kind::dropped},
      {"interfaces", when(is(Field::iifname, "eth*")), Kind::dropped},
      {"another one", when(is(Field::iifname, "eth1")), Kind::accepted},
      {"all interfaces but", when(is_not(Field::iifname, "lo")), Kind::dropped},
      {"our address", when(is(Field::fib_daddr_type, bytes({2}))), Kind::dropped},
      {"his address", when(is(Field::fib_saddr_type, bytes({2}))), Kind::accepted},
      {"a way back", when(is(Field::fib_saddr_oif, bytes({1}))), Kind::dropped},
      {"original direction", when(is(Field::ct_direction, bytes({0}))), Kind::dropped},
      {"new", when(ct(fresh)), Kind::dropped},
      {"no mark", when(is(Field::mark, number(0))), Kind::dropped},
      {"a value of another size", when(is(Field::dport, bytes({22}))), Kind::undecided},
      {"any source port", when(match(Field::sport, Op::equal, {range(port(0), port(65535))})),
       Kind::dropped},
      {"his source port", when(is(Field::sport, port(5000))), Kind::undecided},
      {"not any source port",
       when(match(Field::sport, Op::not_equal, {range(port(1), port(65535))})), Kind::accepted},
      {"a connection's mark", when(is(Field::ct_mark, number(1))), Kind::accepted},
      {"... of a new one", when(is(Field::ct_mark, number(0))), Kind::dropped},
      {"a way back by any", when(is(Field::fib_saddr_any, bytes({0}))), Kind::accepted},
      {"our address of that interface", when(is_not(Field::fib_daddr_here, bytes({2}))),
       Kind::accepted},
      {"status: translated", when(match(Field::ct_status, Op::any_bit, {element(number(32))})),
       Kind::accepted},
  });
}

// --- conntrack ---

TEST(PacketWalk, StateIsInvalidBeforeConntrack) {
  const auto at = [](int priority, std::uint32_t state) {
    return std::vector{table({base(Hook::prerouting, priority, accept, {{ct(state), drop}})})};
  };
  expect_all({
      {"raw", at(-300, invalid), Kind::dropped},
      {"raw, not new", at(-300, fresh), Kind::accepted},
      {"raw, not untracked", at(-300, untracked), Kind::accepted},
      {"mangle", at(-150, invalid), Kind::accepted},
      {"mangle, new", at(-150, fresh), Kind::dropped},
      {"at its own priority", at(-200, fresh), Kind::undecided},
  });
}

TEST(PacketWalk, Untracked) {
  const auto raw = base(Hook::prerouting, -300, accept, {{NoTrack{}}});
  const auto late = base(Hook::prerouting, -150, accept, {{NoTrack{}}});
  const auto out = base(Hook::output, -300, accept, {{NoTrack{}}});
  expect_all({
      {"not new",
       {table({raw, out, input(drop, {{ct(fresh | established), accept}})})},
       Kind::dropped},
      {"untracked", {table({raw, out, input(drop, {{ct(untracked), accept}})})}, Kind::accepted},
      {"too late",
       {table({late, input(drop, {{ct(fresh | established), accept}})})},
       Kind::accepted},
      {"not translated",
       {table({raw, out, nat({{Translate{.port = 9, .address = {}, .redirect = true}}}),
               input(drop, {{dport(22), accept}})})},
       Kind::accepted},
      // Half of it: what conntrack makes of the answer is open.
      {"in only",
       {table({raw, base(Hook::output, 0, accept, {{ct(invalid), drop}})})},
       Kind::undecided},
  });
}

TEST(PacketWalk, ThreePackets) {
  const Answer ack =
      ask(input(accept, {{match(Field::ct_state, Match::Op::not_equal, {element(number(fresh))}),
                          reject(RejectKind::tcp_reset)}}));
  EXPECT_EQ(ack.kind, Kind::rejected);
  EXPECT_EQ(ack.packet, Answer::Packet::ack);

  const Answer no_established = ask(input(drop, {{ct(fresh), dport(22), accept}}));
  EXPECT_EQ(no_established.kind, Kind::dropped);
  EXPECT_EQ(no_established.packet, Answer::Packet::ack);

  const Answer out = ask(base(Hook::output, 0, drop));
  EXPECT_EQ(out.kind, Kind::dropped);
  EXPECT_EQ(out.packet, Answer::Packet::syn_ack);

  const auto output = [](std::vector<std::vector<Statement>> statements) {
    return std::vector{table({base(Hook::output, 0, drop, std::move(statements))})};
  };
  expect_all({
      {"established may leave", output({{ct(established), accept}}), Kind::accepted},
      {"new may leave", output({{ct(fresh), accept}}), Kind::dropped},
      {"from sshd", output({{is(Field::sport, port(22)), accept}}), Kind::accepted},
      {"to the client", output({{is(Field::ip_daddr, client), accept}}), Kind::accepted},
      {"from us", output({{is(Field::ip_saddr, server), accept}}), Kind::accepted},
      {"by the interface", output({{is(Field::oifname, "eth0"), accept}}), Kind::accepted},
      {"by another one", output({{is(Field::oifname, "lo"), accept}}), Kind::dropped},
      {"a reply", output({{is(Field::ct_direction, bytes({1})), accept}}), Kind::accepted},
      {"to the client's port", output({{dport(22), accept}}), Kind::undecided},
      {"postrouting", {table({base(Hook::postrouting, 0, drop)})}, Kind::dropped},
      {"output nat sees the first packet only",
       {table({base(Hook::output, -100, accept, {{drop}}, "nat")})},
       Kind::accepted},
      {"SYN alone in raw output",
       {table({base(Hook::output, -300, accept, {{ct(established), drop}})})},
       Kind::accepted},
  });
  Connection elsewhere = connection4();
  elsewhere.way_back_by_interface = std::nullopt;
  EXPECT_EQ(ask(output({{is(Field::oifname, "eth0"), accept}}), elsewhere).kind, Kind::undecided);
}

// A refusal leaves by the chains of output too; else the client hears nothing.
TEST(PacketWalk, RefusalsThatDoNotGetOut) {
  const auto told = [](RejectKind kind, std::vector<std::vector<Statement>> out, int at = 0) {
    const auto in = at < 0 ? base(Hook::prerouting, at, accept, {{reject(kind)}})
                           : input(drop, {{reject(kind)}});
    const Answer answer = ask({table({in, base(Hook::output, 0, drop, std::move(out))})});
    EXPECT_EQ(answer.kind, Kind::rejected);
    return answer.told;
  };
  const auto tcp = is(Field::l4proto, bytes({6}));
  const auto icmp = is(Field::l4proto, bytes({1}));
  const auto plain = RejectKind::port_unreachable;
  EXPECT_EQ(told(plain, {}), false);
  EXPECT_EQ(told(plain, {{accept}}), true);
  EXPECT_EQ(told(plain, {{icmp, accept}}), true);
  EXPECT_EQ(told(plain, {{tcp, accept}}), false);
  EXPECT_EQ(told(RejectKind::tcp_reset, {{tcp, accept}}), true);
  EXPECT_EQ(told(RejectKind::tcp_reset, {{is(Field::sport, port(22)), accept}}), true);
  EXPECT_EQ(told(plain, {{is(Field::sport, port(22)), accept}}), false);
  EXPECT_EQ(told(plain, {{ct(related), accept}}), true);
  EXPECT_EQ(told(plain, {{ct(established), accept}}), false);
  EXPECT_EQ(told(plain, {{ct(related), accept}}, -300), std::nullopt) << "before conntrack";
  EXPECT_EQ(told(plain, {{limit(), accept}}), std::nullopt);
  EXPECT_EQ(ask({table({input(drop, {{ct(established), reject(RejectKind::tcp_reset)}, {accept}}),
                        base(Hook::output, 0, accept)})})
                .told,
            true);
}

// The SYN-ACK is lost on its way out. The client's SYN comes again, and conntrack, which has seen
// the answer, does not call it new any more.
TEST(PacketWalk, AnswersThatGetLostAndWhatTheNextTryIsTold) {
  const auto out = base(Hook::output, 0, accept, {{dport(22), go_on}, {ct(established), drop}});
  const auto told = [&](std::vector<std::vector<Statement>> in, const Chain& outgoing) {
    const Answer answer = ask({table({input(accept, std::move(in)), outgoing})});
    EXPECT_EQ(answer.kind, Kind::dropped);
    EXPECT_EQ(answer.packet, Answer::Packet::syn_ack);
    return answer.told;
  };
  EXPECT_EQ(told({{ct(fresh), accept}, {reject()}}, out), std::nullopt);
  EXPECT_EQ(told({{ct(fresh), accept}, {ct(established), accept}, {reject()}}, out), true);
  EXPECT_EQ(told({{ct(fresh), accept}, {drop}}, out), true);
  EXPECT_EQ(told({{ct(fresh), accept}, {reject()}}, base(Hook::output, 0, drop)), true)
      << "nor does the refusal get out";
  EXPECT_EQ(told({{ct(fresh), accept}, {reject()}},
                 base(Hook::output, -300, accept, {{is(Field::l4proto, bytes({6})), drop}})),
            true)
      << "conntrack has not seen it";
}

// The SYN alone goes by untracked: the ACK is the first packet that conntrack sees, and translates.
TEST(PacketWalk, WhatFollowsIsTranslatedWhereTheFirstPacketWasNot) {
  Match syn = is(Field::tcp_flags, bytes({2}));
  syn.terms[0].mask = bytes({2 | 16});
  const auto answer = [&](std::vector<std::vector<Statement>> raw, Translate to) {
    return ask({table({base(Hook::prerouting, -300, accept, std::move(raw)),
                       nat({{dport(22), std::move(to)}})})});
  };
  const Translate away{.port = {}, .address = bytes({198, 51, 100, 7})};
  const Translate same{.port = 22, .address = {}};
  const Answer late = answer({{syn, NoTrack{}}}, away);
  EXPECT_EQ(late.kind, Kind::undecided);
  EXPECT_EQ(late.possible.size(), 3U);
  EXPECT_EQ(answer({{syn, NoTrack{}}}, same).kind, Kind::accepted);
  EXPECT_EQ(answer({{NoTrack{}}}, away).kind, Kind::accepted);
  EXPECT_EQ(answer({}, away).kind, Kind::forwarded);
}

// Refused at the SYN or at the ACK: of the second one the client hears nothing.
TEST(PacketWalk, RefusedSoonerOrLater) {
  const Answer answer = ask({table({input(accept, {{ct(fresh), limit(), accept}, {reject()}})})});
  EXPECT_EQ(answer.kind, Kind::rejected);
  EXPECT_EQ(answer.told, std::nullopt);
  EXPECT_EQ(client_message(answer, false), "");
}

// --- translation ---

TEST(PacketWalk, RedirectBeforeInput) {
  Connection at2222 = connection4();
  at2222.port = 2222;
  const auto only22 = input(drop, {{ct(established), accept}, {dport(22), accept}});
  const Translate to22{.port = 22, .address = {}, .redirect = true};
  const Answer in = ask({table({nat({{dport(2222), to22}}), only22})}, at2222);
  EXPECT_EQ(in.kind, Kind::accepted);
  EXPECT_EQ(in.port, 22);

  const Translate to9{.port = 9, .address = {}, .redirect = true};
  EXPECT_EQ(ask({table({nat({{dport(22), to9}}), only22})}).kind, Kind::dropped);
  const Answer away = ask({table({nat({{dport(22), to9}})})});
  EXPECT_EQ(away.kind, Kind::accepted);
  EXPECT_EQ(away.port, 9);
  ASSERT_TRUE(away.by) << "the rule that translates";
  EXPECT_EQ(away.by->rule, "1");

  // All three packets, before and after: the ACK comes to 2222 again.
  const auto before = base(Hook::prerouting, -150, drop, {{dport(2222), accept}});
  const auto after = base(Hook::prerouting, -50, drop, {{dport(22), accept}});
  const auto leaves = base(Hook::output, 0, drop, {{is(Field::sport, port(22)), accept}});
  EXPECT_EQ(ask({table({nat({{dport(2222), to22}}), before, after, leaves})}, at2222).kind,
            Kind::accepted);
  EXPECT_EQ(ask({table({nat({{dport(2222), to22}}),
                        base(Hook::prerouting, -100, drop, {{dport(22), accept}})})},
                at2222)
                .kind,
            Kind::undecided)
      << "at the priority of nat itself";
}

// Their own priority orders nat chains among each other only (measured).
TEST(PacketWalk, NatChainsActAtOnePriority) {
  Connection at2222 = connection4();
  at2222.port = 2222;
  const Translate to22{.port = 22, .address = {}, .redirect = true};
  const auto filter = base(Hook::prerouting, 0, drop, {{dport(22), accept}});
  EXPECT_EQ(ask({table({nat({{to22}}, 50), filter})}, at2222).kind, Kind::accepted);

  const Translate to9{.port = 9, .address = {}, .redirect = true};
  const Answer first = ask({table({nat({{to9}}, 0), named("first", nat({{to22}}, -50))})}, at2222);
  EXPECT_EQ(first.port, 22) << "the first that translates is the last";
  const Answer next = ask({table({nat({{to9}}, 0), named("first", nat({{accept}}, -50))})}, at2222);
  EXPECT_EQ(next.port, 9) << "one that accepts does not keep the next from it";
}

TEST(PacketWalk, ToAnAddress) {
  const auto to = [](std::string address) {
    return Translate{.port = 22, .address = std::move(address), .redirect = false};
  };
  const Answer away = ask({table({nat({{to(bytes({10, 0, 0, 9}))}}), input(drop)})});
  EXPECT_EQ(away.kind, Kind::forwarded);
  ASSERT_TRUE(away.by);
  EXPECT_EQ(away.by->rule, "1");
  EXPECT_EQ(ask({table({nat({{to(server)}}), input(drop)})}).kind, Kind::dropped);
  EXPECT_EQ(ask({table({nat({{to(bytes({127, 0, 0, 1}))}}), input(accept)})}).kind,
            Kind::undecided);
  // Later prerouting chains still see it.
  EXPECT_EQ(ask({table({nat({{to(bytes({10, 0, 0, 9}))}}), base(Hook::prerouting, 0, drop)})}).kind,
            Kind::dropped);
  Connection unknown_own = connection4();
  unknown_own.local.clear();
  EXPECT_EQ(ask({table({nat({{to(bytes({10, 0, 0, 9}))}})})}, unknown_own).kind, Kind::undecided);
  // Of the other family it does nothing.
  EXPECT_EQ(ask({table({nat({{to(bytes({10, 0, 0, 9}))}})})}, connection6()).kind, Kind::accepted);
}

TEST(PacketWalk, StatusAfterTranslation) {
  const auto translated = match(Field::ct_status, Match::Op::any_bit, {element(number(32))});
  const auto in = input(drop, {{ct(established), accept}, {translated, accept}});
  EXPECT_EQ(
      ask({table({nat({{Translate{.port = 2222, .address = {}, .redirect = true}}}), in})}).kind,
      Kind::accepted);
  EXPECT_EQ(ask({table({in})}).kind, Kind::dropped);
  // Perhaps to the same address and port: then nothing is translated.
  EXPECT_EQ(
      ask({table({nat({{Translate{.port = 22, .address = {}, .redirect = true}}}), in})}).kind,
      Kind::undecided);
}

TEST(PacketWalk, SourceTranslationInInput) {
  const auto snat =
      base(Hook::input, 100, accept,
           {{Translate{.port = {}, .address = {}, .redirect = false, .source = true}}}, "nat");
  EXPECT_EQ(ask({table({snat, input(accept, {{saddr(client), drop}}, 150)})}).kind,
            Kind::undecided);
  EXPECT_EQ(ask({table({snat, input(drop, {{saddr(client), accept}}, 50)})}).kind, Kind::accepted);
}

TEST(PacketWalk, Marks) {
  const auto set_mark = base(Hook::prerouting, -150, accept, {{SetMark{number(7)}}});
  Match bit = is(Field::mark, number(4));
  bit.terms[0].mask = number(4);
  expect_all({
      {"seen later",
       {table({set_mark, input(drop, {{is(Field::mark, number(7)), accept}})})},
       Kind::accepted},
      {"its bits", {table({set_mark, input(drop, {{bit, accept}})})}, Kind::accepted},
      {"not by the answer",
       {table({set_mark, base(Hook::output, 0, accept, {{is(Field::mark, number(7)), drop}})})},
       Kind::accepted},
      {"nobody knows which",
       {table({base(Hook::prerouting, -150, accept, {{SetMark{}}}),
               input(accept, {{is(Field::mark, number(7)), drop}})})},
       Kind::undecided},
      {"its other bits are set",
       {table({set_mark, base(Hook::prerouting, 0, accept, {{SetMark{number(8), 0xfffffff0}}}),
               input(drop, {{is(Field::mark, number(8)), accept}})})},
       Kind::accepted},
      {"... of what nobody knows",
       {table({base(Hook::prerouting, -150, accept, {{SetMark{}}, {SetMark{number(8), 0xf0}}}),
               input(accept, {{is(Field::mark, number(8)), drop}})})},
       Kind::undecided},
      {"set again",
       {table({base(Hook::prerouting, -150, accept, {{SetMark{}}, {SetMark{number(7)}}}),
               input(accept, {{is(Field::mark, number(7)), drop}})})},
       Kind::dropped},
  });
}

TEST(PacketWalk, MarksOfConnections) {
  const SetMark seven{.mark = number(7), .keep = 0, .of_connection = true};
  const SetMark saved{.mark = {}, .keep = 0, .of_connection = true, .copies = true};
  const SetMark restored{.mark = {}, .keep = 0, .of_connection = false, .copies = true};
  const auto is7 = is(Field::ct_mark, number(7));
  const auto at = [](int priority, std::vector<std::vector<Statement>> statements) {
    return base(Hook::prerouting, priority, accept, std::move(statements));
  };
  const Chain sent7 = base(Hook::output, 0, accept, {{is7, drop}});
  expect_all({
      {"seen by the answer", {table({at(-150, {{seven}}), sent7})}, Kind::dropped},
      {"saved of the packet's",
       {table({at(-150, {{SetMark{number(7)}}, {saved}}), sent7})},
       Kind::dropped},
      {"restored",
       {table({at(-150, {{seven}}), base(Hook::output, -150, accept, {{restored}}),
               base(Hook::output, 0, accept, {{is(Field::mark, number(7)), drop}})})},
       Kind::dropped},
      {"without an entry nothing is set", {table({at(-300, {{seven}}), sent7})}, Kind::accepted},
      {"... nor is it known",
       {table({at(-300, {{is_not(Field::ct_mark, number(9)), drop}})})},
       Kind::accepted},
      {"nobody knows which",
       {table({at(-150, {{SetMark{.mark = {}, .keep = 0, .of_connection = true}}}), sent7})},
       Kind::undecided},
      {"... after what may do anything",
       {table({at(-150, {{anything()}, {accept}}), sent7})},
       Kind::undecided},
  });
}

// An answer of another zone belongs to no connection, and what follows it does not either.
TEST(PacketWalk, Zones) {
  const Statement of5 = SetZone{std::uint16_t{5}};
  const Chain in = base(Hook::prerouting, -300, accept, {{of5}});
  const Chain out = base(Hook::output, -300, accept, {{of5}});
  const Chain late = base(Hook::prerouting, -150, accept, {{of5}});
  const Chain open = base(Hook::prerouting, -300, accept, {{SetZone{}}});
  const Chain strict = input(accept, {{ct(invalid), drop}});
  const Chain followed = base(Hook::output, 0, drop, {{ct(established), accept}});
  const auto status = is_not(Field::ct_status, number(64));
  expect_all({
      {"in only: the client's second packet", {table({in, strict})}, Kind::dropped},
      {"in only: the answer", {table({in, followed})}, Kind::dropped},
      {"in only: no entry to be asked for",
       {table({in, base(Hook::output, 0, accept, {{status, drop}})})},
       Kind::accepted},
      {"out only: the answer", {table({out, followed})}, Kind::dropped},
      {"both ways", {table({in, out, strict, followed})}, Kind::accepted},
      {"too late", {table({late, strict, followed})}, Kind::accepted},
      {"nobody knows which", {table({open, strict})}, Kind::undecided},
      {"nobody asks", {table({in})}, Kind::accepted},
      {"nor is an answer of none translated back",
       {table({in, nat({{Translate{.port = 9, .address = {}, .redirect = true}}})})},
       Kind::dropped},
      {"... as one of it is",
       {table({in, out, nat({{Translate{.port = 9, .address = {}, .redirect = true}}})})},
       Kind::accepted},
      {"what stands for the entry before conntrack looks",
       {table({base(Hook::prerouting, -300, accept,
                    {{of5}, {is_not(Field::ct_mark, number(4)), drop}})})},
       Kind::undecided},
      {"it is tracked, then",
       {table({base(Hook::prerouting, -300, accept, {{of5}, {NoTrack{}}}), out, strict,
               input(accept, {{ct(untracked), drop}}, 1)})},
       Kind::accepted},
  });
}

// conntrack looks at packets while a rule needs it, and only then chains of type nat are asked.
TEST(PacketWalk, NatWithoutConntrack) {
  const Chain drops = nat({{dport(22), drop}});
  const Translate elsewhere{.port = 81, .address = {}, .redirect = true};
  const auto with = [&](Chain other) { return std::vector{table({drops, std::move(other)})}; };
  Match count = unknown("ct count over 5");
  expect_all({
      {"nobody needs it", {table({drops})}, Kind::undecided},
      {"another translates", with(nat({{dport(80), elsewhere}}, -90)), Kind::dropped},
      {"another asks", with(input(accept, {{ct(established), accept}})), Kind::dropped},
      {"... for what nobody can tell", with(input(accept, {{count}})), Kind::dropped},
      {"not tracking needs none", with(base(Hook::prerouting, 0, accept, {{NoTrack{}}})),
       Kind::undecided},
      {"one of another family",
       {table({drops}), table({input(accept, {{ct(fresh)}})}, {}, Family::ip6)},
       Kind::undecided},
  });
  const Answer answer = ask(drops);
  ASSERT_TRUE(answer.usual);
  EXPECT_EQ(answer.possible[*answer.usual].kind, Kind::accepted);
}

// --- sets and maps ---

TEST(PacketWalk, Sets) {
  Set part = set("s", {element(bytes({10, 0, 0, 1}))});
  part.complete = false;
  Set moment = set("s", {element(bytes({10, 0, 0, 1}))});
  moment.dynamic = true;
  Set hit = set("s", {element(client)});
  hit.complete = false;
  hit.dynamic = true;
  const std::vector<std::vector<Statement>> banned{{in_set(Field::ip_saddr, "s"), drop}};
  const std::vector<std::vector<Statement>> allowed{{not_in_set(Field::ip_saddr, "s"), drop}};
  expect_all({
      {"in it", {table({input(accept, banned)}, {set("s", {element(client)})})}, Kind::dropped},
      {"not in it", {table({input(accept, banned)}, {set("s", {})})}, Kind::accepted},
      {"not a member", {table({input(accept, allowed)}, {set("s", {})})}, Kind::dropped},
      {"part of it is known", {table({input(accept, banned)}, {part})}, Kind::undecided},
      {"... and that it is", {table({input(accept, banned)}, {hit})}, Kind::dropped},
      {"... and that is enough", {table({input(accept, allowed)}, {hit})}, Kind::accepted},
      {"packets add to it", {table({input(accept, banned)}, {moment})}, Kind::undecided},
      {"no such set", {table({input(accept, banned)})}, Kind::undecided},
      {"no such set, and all the same", {table({input(drop, banned)})}, Kind::dropped},
  });
  const Answer usual = ask({table({input(accept, banned)}, {moment})});
  ASSERT_TRUE(usual.usual);
  EXPECT_EQ(usual.possible[*usual.usual].kind, Kind::accepted);
  EXPECT_EQ(usual.why, "set s, to which packets add");

  Element ban = element(client);
  ban.expires_s = 3599;
  const Answer until = ask({table({input(accept, banned)}, {set("s", {ban})})});
  EXPECT_EQ(until.expires_s, 3599U);
  // Also where the rule only leads to what drops.
  const std::vector<std::vector<Statement>> leads_there{{in_set(Field::ip_saddr, "s"), jump("c")}};
  EXPECT_EQ(
      ask({table({input(accept, leads_there), chain("c", {{drop}})}, {set("s", {ban})})}).expires_s,
      3599U);
}

TEST(PacketWalk, Concatenations) {
  Match pair{.op = Match::Op::equal,
             .terms = {term(Field::ip_saddr), term(Field::dport)},
             .values = {},
             .set = {}};
  Element one = range(bytes({203, 0, 113, 0}), bytes({203, 0, 113, 255}));
  one.parts.push_back({port(22), port(22)});
  pair.values = {one};
  EXPECT_EQ(ask(input(accept, {{pair, drop}})).kind, Kind::dropped);
  EXPECT_EQ(ask(input(accept, {{pair, drop}}), connection6()).kind, Kind::accepted);
  pair.values[0].parts[1] = {port(80), port(80)};
  EXPECT_EQ(ask(input(accept, {{pair, drop}})).kind, Kind::accepted);
  pair.op = Match::Op::not_equal;
  EXPECT_EQ(ask(input(accept, {{pair, drop}})).kind, Kind::dropped);
  EXPECT_EQ(ask(input(accept, {{pair, drop}}), connection6()).kind, Kind::accepted);
  pair.values[0].parts.pop_back();
  EXPECT_EQ(ask(input(accept, {{pair, drop}})).kind, Kind::undecided);
}

TEST(PacketWalk, VerdictMaps) {
  const auto map = [](Field field, std::vector<Element> values, std::string name = {}) {
    return VerdictMap{.terms = {term(field)}, .values = std::move(values), .set = std::move(name)};
  };
  const Element to22 = leads(element(port(22)), jump("c"));
  const Element to80 = leads(element(port(80)), drop);
  const Element on22 = leads(element(port(22)), go_on), on80 = leads(element(port(80)), go_on);
  const Chain c = chain("c", {{drop}});
  expect_all({
      {"a hit", {table({input(accept, {{map(Field::dport, {to80, to22})}}), c})}, Kind::dropped},
      {"without a hit it goes on with the next rule",
       {table({input(drop, {{map(Field::dport, {to80})}, {accept}})})},
       Kind::accepted},
      {"... not with the rest of this one",
       {table({input(accept, {{map(Field::dport, {to80}), drop}})})},
       Kind::accepted},
      {"... of a name",
       {table({input(accept, {{map(Field::dport, {}, "m"), drop}})},
              {set("m", {leads(element(port(80)), accept)})})},
       Kind::accepted},
      {"... of another interface",
       {table({input(accept, {{map(Field::iifname, {leads(element("lo"), accept)}), drop}})})},
       Kind::accepted},
      {"... of the other family",
       {table({input(accept, {{map(Field::ip_saddr, {leads(element(client), accept)}), drop}})})},
       Kind::accepted,
       true},
      {"... of a translation",
       {table({nat({{map(Field::dport, {to80}),
                     Translate{.port = 9, .address = {}, .redirect = true}}}),
               input(drop, {{dport(22), accept}})})},
       Kind::accepted},
      {"what may continue goes on with this rule",
       {table({input(accept, {{map(Field::sport, {on22}), drop}})})},
       Kind::undecided},
      {"... and all the same",
       {table({input(drop, {{map(Field::sport, {on22, on80}), drop}})})},
       Kind::dropped},
      {"named",
       {table({input(accept, {{map(Field::dport, {}, "m")}})},
              {set("m", {leads(element(port(22)), drop)})})},
       Kind::dropped},
      {"no such map", {table({input(accept, {{map(Field::dport, {}, "m")}})})}, Kind::undecided},
      {"of the other family",
       {table({input(accept, {{map(Field::ip_saddr, {leads(element(client), drop)})}})})},
       Kind::accepted,
       true},
      {"continue",
       {table({input(accept, {{map(Field::dport, {leads(element(port(22)), go_on)}), drop}})})},
       Kind::dropped},
      {"which one is open",
       {table({input(accept, {{map(Field::sport, {to80, to22})}}), c})},
       Kind::undecided},
      {"... and all the same",
       {table({input(drop, {{map(Field::sport, {to80, to22})}}), c})},
       Kind::dropped},
      {"a map without verdicts",
       {table({input(accept, {{map(Field::dport, {element(port(22))})}})})},
       Kind::undecided},
  });
}

// --- what nobody can tell ---

TEST(PacketWalk, OpenOnlyWhereItChangesTheAnswer) {
  const auto open = [](std::vector<std::vector<Statement>> statements, Verdict policy) {
    return std::vector{table({input(std::move(policy), std::move(statements))})};
  };
  expect_all({
      {"limit, log", open({{limit()}, {dport(22), accept}}, drop), Kind::accepted},
      {"both accept", open({{limit(), accept}, {accept}}, drop), Kind::accepted},
      {"both drop", open({{limit(), drop}}, drop), Kind::dropped},
      {"it matters", open({{limit(), accept}}, drop), Kind::undecided},
      {"not for another port", open({{dport(80), limit(), accept}, {accept}}, drop),
       Kind::accepted},
      {"anything", open({{anything()}, {accept}}, drop), Kind::undecided},
      {"anything for another port", open({{dport(80), anything()}, {accept}}, drop),
       Kind::accepted},
      {"an unknown match", open({{unknown("ip dscp"), drop}}, accept), Kind::undecided},
      {"one way to be refused or another", open({{limit(), drop}, {reject()}}, accept),
       Kind::undecided},
  });
}

TEST(PacketWalk, TheUsualOutcomeAndTheReason) {
  // ufw limit: recent --update, then refused; else accepted.
  const Answer ufw = ask(input(
      drop, {{ct(established), accept}, {dport(22), exceeded(), reject()}, {dport(22), accept}}));
  ASSERT_EQ(ufw.kind, Kind::undecided);
  ASSERT_EQ(ufw.possible.size(), 2U);
  ASSERT_TRUE(ufw.usual);
  EXPECT_EQ(ufw.possible[*ufw.usual].kind, Kind::accepted);
  const auto& other = ufw.possible[1 - *ufw.usual];
  EXPECT_EQ(other.kind, Kind::rejected);
  ASSERT_TRUE(other.by);
  EXPECT_EQ(other.by->rule, "2");
  EXPECT_EQ(ufw.why, "recent: 6 in 30 s");
  ASSERT_TRUE(ufw.by);
  EXPECT_EQ(ufw.by->rule, "2");

  // limit ... accept: dropped once it is exceeded.
  const Answer rate = ask(input(drop, {{dport(22), limit(), accept}}));
  ASSERT_TRUE(rate.usual);
  EXPECT_EQ(rate.possible[*rate.usual].kind, Kind::accepted);

  // What is open, but changes nothing, is not the reason. Here the second log may do anything.
  const Answer second = ask(input(
      accept, {{limit("log")}, {limit("also log"), jump("log")}, {unknown("ip dscp"), drop}}));
  EXPECT_EQ(second.why, "also log");
  Chain in =
      input(accept, {{limit("log")}, {limit("also log"), jump("log")}, {unknown("ip dscp"), drop}});
  const Answer third = ask({table({in, chain("log", {{limit("log"), back}, {dport(22)}})})});
  EXPECT_EQ(third.why, "ip dscp");
  EXPECT_FALSE(third.usual);

  // A client's port is one of the upper ones.
  const Answer sport = ask(input(
      drop, {{match(Field::sport, Match::Op::equal, {range(port(1024), port(65535))}), accept}}));
  ASSERT_TRUE(sport.usual);
  EXPECT_EQ(sport.possible[*sport.usual].kind, Kind::accepted);
}

// Whichever way the doubt goes, it is the other rule that somebody has to change.
TEST(PacketWalk, TheSureRuleIsNamed) {
  const Statement perhaps = unknown("ether saddr 00:11:22:33:44:55");
  const auto decider = [](std::vector<Table> tables) {
    const Answer answer = ask(std::move(tables));
    return answer.by ? answer.by->table + " " + answer.by->rule : "nothing";
  };
  EXPECT_EQ(decider({table({input(drop, {{perhaps, drop}, {dport(80), accept}})})}), "filter ");
  EXPECT_EQ(decider({table({input(accept, {{perhaps, drop}, {dport(22), drop}})})}), "filter 2");
  EXPECT_EQ(decider({table({input(drop, {{perhaps, accept}, {dport(22), accept}})})}), "filter 2");
  EXPECT_EQ(
      decider({table({input(drop)}), table({base(Hook::prerouting, 0, accept, {{perhaps, drop}})},
                                           {}, Family::inet, "other")}),
      "filter ");
  // What is so as a rule says more than what is so else.
  EXPECT_EQ(decider({table({input(accept, {{limit(), drop}, {dport(22), drop}})})}), "filter 1");
}

TEST(PacketWalk, UnknownInterface) {
  Connection from = connection4();
  from.interface.clear();
  const auto trusted = input(drop, {{is(Field::iifname, "eth1"), accept}});
  const Answer answer = ask(trusted, from);
  EXPECT_EQ(answer.kind, Kind::undecided);
  EXPECT_EQ(answer.why, "which interface it comes in by");
  EXPECT_EQ(ask(input(drop, {{is(Field::iifname, "*"), accept}}), from).kind, Kind::accepted);
}

TEST(PacketWalk, WhatCouldNotBeRead) {
  Ruleset rules;
  rules.unread = {"iptables-legacy-save failed"};
  const Answer answer = walk(rules, connection4());
  EXPECT_EQ(answer.kind, Kind::undecided);
  EXPECT_EQ(answer.why, "iptables-legacy-save failed");
  EXPECT_EQ(answer.possible.size(), 3U);
  // What is read may drop it in any case.
  rules.tables = {table({input(drop)})};
  for (const auto& one : walk(rules, connection4()).possible)
    EXPECT_NE(one.kind, Kind::accepted);
}

TEST(PacketWalk, Ingress) {
  const auto ingress = [](std::vector<std::string> devices, Verdict policy) {
    Chain one = base(Hook::ingress, 0, std::move(policy));
    one.base->devices = std::move(devices);
    return std::vector{table({one}, {}, Family::netdev)};
  };
  expect_all({
      {"its device", ingress({"eth0"}, drop), Kind::dropped},
      {"its device, accepting", ingress({"eth0"}, accept), Kind::accepted},
      {"perhaps what it is made of", ingress({"eth1"}, drop), Kind::undecided},
      {"no device told", ingress({}, drop), Kind::undecided},
      {"no device told, and all the same", ingress({}, accept), Kind::accepted},
  });
  const Answer other = ask(ingress({"eth1"}, drop));
  ASSERT_TRUE(other.usual);
  EXPECT_EQ(other.possible[*other.usual].kind, Kind::accepted);
  Connection loopback = connection4();
  loopback.interface = "lo";
  EXPECT_EQ(ask(ingress({"eth1"}, drop), loopback).kind, Kind::accepted);
}

// The one that was registered last comes first (measured); tables may be younger than their place.
TEST(PacketWalk, Egress) {
  const auto out = [](std::vector<std::string> devices, std::vector<std::vector<Statement>> rules) {
    Chain one = base(Hook::egress, 0, accept, std::move(rules));
    one.base->devices = std::move(devices);
    return std::vector{table({std::move(one)}, {}, Family::netdev, "guard")};
  };
  const auto from22 = is(Field::sport, port(22));
  expect_all({
      {"the answer", out({"eth0"}, {{from22, drop}}), Kind::dropped},
      {"not the first packet", out({"eth0"}, {{is(Field::tcp_flags, bytes({2})), drop}}),
       Kind::accepted},
      {"another device", out({"eth1"}, {{from22, drop}}), Kind::undecided},
      {"nothing is dropped", out({"eth1"}, {{from22}}), Kind::accepted},
  });
  Connection other_way = connection4();
  other_way.way_back_by_interface = false;
  EXPECT_EQ(ask(out({"eth1"}, {{from22, drop}}), other_way).kind, Kind::undecided);
  EXPECT_FALSE(ask(out({"eth1"}, {{from22, drop}}), other_way).usual);
  EXPECT_TRUE(ask(out({"eth1"}, {{from22, drop}})).usual);
}

TEST(PacketWalk, ChainsOfOnePriority) {
  const Answer one_table =
      ask({table({named("old", input(drop)), named("young", input(accept, {{reject()}}))})});
  EXPECT_EQ(one_table.kind, Kind::rejected);
  const Answer two =
      ask({table({input(drop)}), table({input(accept, {{reject()}})}, {}, Family::inet, "b")});
  EXPECT_EQ(two.kind, Kind::undecided);
  EXPECT_EQ(two.why, "which of two chains of the same priority comes first");
  const Answer both = ask({table({input(drop)}), table({input(drop)}, {}, Family::inet, "b")});
  EXPECT_EQ(both.kind, Kind::dropped);
  ASSERT_TRUE(both.by);
  EXPECT_EQ(both.by->table, "b");
}

TEST(PacketWalk, Firewalld) {
  std::vector<Chain> chains{
      input(accept,
            {{ct(established | related), accept},
             {match(Field::ct_status, Match::Op::any_bit, {element(number(32))}), accept},
             {is(Field::iifname, "lo"), accept},
             {ct(invalid), drop},
             {jump("zones")},
             {reject(RejectKind::admin_prohibited)}},
            10),
      chain("zones", {{is(Field::iifname, "eth1"), go_to("internal")}, {go_to("public")}}),
      chain("internal", {{accept}}),
      chain("public", {{jump("public_allow")}, {reject(RejectKind::admin_prohibited)}}),
      chain("public_allow", {})};
  const Answer closed = ask({table(chains)});
  EXPECT_EQ(closed.kind, Kind::rejected);
  EXPECT_EQ(closed.reject, RejectKind::admin_prohibited);
  EXPECT_EQ(closed.by->chain, "public");
  chains[4].rules = numbered({{dport(22), accept}});
  const Answer open = ask({table(chains)});
  EXPECT_EQ(open.kind, Kind::accepted);
  EXPECT_EQ(open.by->chain, "public_allow");
  // Panic mode: another table.
  const Answer panic = ask({table(chains), table({base(Hook::prerouting, -291, drop)}, {},
                                                 Family::inet, "firewalld_policy_drop")});
  EXPECT_EQ(panic.kind, Kind::dropped);
}

// --- neighbours ---

TEST(PacketWalk, Neighbours) {
  const auto pass = [](Chain only, const Connection& from = connection6()) {
    Ruleset rules;
    rules.tables = {table({std::move(only)})};
    return neighbours_pass(rules, from).kind;
  };
  const auto types =
      match(Field::icmpv6_type, Match::Op::equal, {element(bytes({135})), element(bytes({136}))});
  EXPECT_EQ(pass(input(accept)), Kind::accepted);
  EXPECT_EQ(pass(input(drop, {{dport(22), accept}})), Kind::dropped);
  EXPECT_EQ(pass(input(drop, {{types, accept}})), Kind::accepted);
  EXPECT_EQ(pass(input(drop, {{is(Field::icmpv6_type, bytes({136})), accept}})), Kind::dropped);
  EXPECT_EQ(pass(input(drop, {{types, is(Field::hop_limit, bytes({255})), accept}})),
            Kind::accepted);
  EXPECT_EQ(pass(input(drop, {{is(Field::l4proto, bytes({58})), accept}})), Kind::accepted);
  EXPECT_EQ(pass(input(accept, {{ct(invalid), drop}})), Kind::accepted) << "untracked";
  EXPECT_EQ(pass(input(accept, {{reject(RejectKind::tcp_reset)}})), Kind::accepted);
  EXPECT_EQ(pass(input(drop, {{unknown("icmpv6 code"), accept}})), Kind::undecided);
  EXPECT_EQ(pass(base(Hook::output, 0, drop)), Kind::dropped);
  // By the interface that he is on there is a way to him, whatever there is to the client.
  Connection elsewhere = connection6();
  elsewhere.way_back_by_interface = false;
  const Chain reverse_path =
      base(Hook::prerouting, 0, accept, {{is(Field::fib_saddr_oif, bytes({0})), drop}});
  EXPECT_EQ(pass(reverse_path), Kind::accepted);
  EXPECT_EQ(pass(reverse_path, elsewhere), Kind::accepted);
  EXPECT_EQ(pass(input(drop), connection4()), Kind::accepted);
  Connection loopback = connection6();
  loopback.interface = "lo";
  EXPECT_EQ(pass(input(drop), loopback), Kind::accepted);
}

TEST(PacketWalk, Trace) {
  Ruleset rules;
  rules.tables = {table({input(drop, {{dport(80), drop}, {limit()}, {jump("c")}}),
                         chain("c", {{dport(22), accept}})})};
  Trace trace;
  EXPECT_EQ(walk(rules, connection4(), &trace).kind, Kind::accepted);
  using What = Trace::Step::What;
  ASSERT_GE(trace.steps.size(), 5U);
  EXPECT_EQ(trace.steps[0].what, What::entered);
  EXPECT_EQ(trace.steps[1].what, What::may_fit);
  EXPECT_EQ(trace.steps[1].place.rule, "2");
  EXPECT_EQ(trace.steps[2].place.rule, "3");
  EXPECT_EQ(trace.steps[3].what, What::entered);
  EXPECT_EQ(trace.steps[3].place.chain, "c");
  EXPECT_EQ(trace.steps[4].place.rule, "1");
  EXPECT_EQ(trace.steps.back().packet, Answer::Packet::ack);
}

} // namespace
} // namespace sshguardd::firewall
