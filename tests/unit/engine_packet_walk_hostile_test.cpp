// Rule sets that nobody wrote by hand: circles, depth, size, and forks without end.
#include "engine/packet_walk.hpp"

#include "firewall_rules.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace sshguardd::firewall {
namespace {

using namespace rules;
using Kind = Answer::Kind;

struct Result {
  Answer answer;
  std::size_t rules = 0;
  double seconds = 0;
};

Result run(std::vector<Table> tables) {
  Ruleset rules;
  rules.tables = std::move(tables);
  Trace trace;
  Result result;
  const auto start = std::chrono::steady_clock::now();
  result.answer = walk(rules, connection4(), &trace);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.rules = trace.rules;
  EXPECT_LE(trace.steps.size(), 4000U);
  return result;
}

// Instrumented and on a busy machine; what it guards against takes hours.
constexpr double soon = 60;

TEST(PacketWalkHostile, Circles) {
  const Result own = run({table({input(accept, {{jump("base")}})})});
  EXPECT_EQ(own.answer.kind, Kind::undecided);
  EXPECT_EQ(own.answer.why, "chain base, which leads back to itself");
  for (const bool goes : {false, true}) {
    const auto to = [&](const char* name) { return goes ? go_to(name) : jump(name); };
    const Result two = run({table({input(accept, {{jump("a")}}), chain("a", {{to("b")}}),
                                   chain("b", {{to("a")}, {to("b")}})})});
    EXPECT_EQ(two.answer.kind, Kind::undecided);
  }
  const Result never = run({table({input(accept, {{dport(80), jump("base")}})})});
  EXPECT_EQ(never.answer.kind, Kind::accepted);
}

TEST(PacketWalkHostile, Depth) {
  std::vector<Chain> chains{input(accept, {{jump("c0")}})};
  for (int i = 0; i < 10000; ++i)
    chains.push_back(chain("c" + std::to_string(i), {{jump("c" + std::to_string(i + 1))}}));
  chains.push_back(chain("c10000", {{drop}}));
  const Result deep = run({table(chains)});
  EXPECT_EQ(deep.answer.kind, Kind::undecided);
  EXPECT_NE(deep.answer.why.find("too deep"), std::string::npos) << deep.answer.why;

  std::vector<Chain> sixteen{input(accept, {{jump("c0")}})};
  for (int i = 0; i < 16; ++i)
    sixteen.push_back(chain("c" + std::to_string(i), {{jump("c" + std::to_string(i + 1))}}));
  sixteen.push_back(chain("c16", {{drop}}));
  EXPECT_EQ(run({table(sixteen)}).answer.kind, Kind::dropped);
}

// Each chain jumps twice to the next: without memory 2^40 visits.
TEST(PacketWalkHostile, TwiceAtEachDepth) {
  std::vector<Chain> chains{input(accept, {{jump("c0")}})};
  for (int i = 0; i < 40; ++i) {
    const std::string next = "c" + std::to_string(i + 1);
    chains.push_back(chain("c" + std::to_string(i), {{jump(next)}, {jump(next)}}));
  }
  chains.push_back(chain("c40", {{dport(80), drop}}));
  const Result twice = run({table(chains)});
  EXPECT_EQ(twice.answer.kind, Kind::accepted);
  EXPECT_LE(twice.rules, 3U * 84U);
}

TEST(PacketWalkHostile, VisitsGrowWithRulesAndNoFaster) {
  std::size_t visits[2] = {};
  for (const int factor : {1, 10}) {
    std::vector<std::vector<Statement>> statements;
    for (int i = 0; i < 1000 * factor; ++i)
      statements.push_back({saddr(number(static_cast<std::uint32_t>(i))), limit(), drop});
    statements.push_back({limit(), jump("c")});
    const Result one = run({table({input(accept, statements), chain("c", {{dport(22), accept}})})});
    EXPECT_EQ(one.answer.kind, Kind::accepted);
    EXPECT_LT(one.seconds, soon);
    visits[factor == 10] = one.rules;
  }
  // The first packet and the last one come in: twice each rule.
  EXPECT_EQ(visits[0], 2U * 1002U);
  EXPECT_EQ(visits[1], 2U * 10002U);
}

TEST(PacketWalkHostile, ForksWithoutEnd) {
  // 2^20 ways through, and all are one again.
  std::vector<std::vector<Statement>> same;
  for (int i = 0; i < 20; ++i)
    same.push_back({limit(), jump("c")});
  const Result joined =
      run({table({input(accept, same), chain("c", {{limit(), back}, {limit()}})})});
  EXPECT_EQ(joined.answer.kind, Kind::accepted);
  EXPECT_LE(joined.rules, 100U);

  // ... that end in all ways.
  std::vector<std::vector<Statement>> ending;
  for (int i = 0; i < 20; ++i) {
    ending.push_back({limit(), accept});
    ending.push_back({limit(), drop});
    ending.push_back({anything()});
  }
  EXPECT_EQ(run({table({input(accept, ending)})}).answer.kind, Kind::undecided);

  // ... of which each leaves another mark: which one it is, is not known any more.
  std::vector<std::vector<Statement>> marks;
  for (std::uint32_t i = 1; i < 5000; ++i)
    marks.push_back({limit(), SetMark{number(i)}});
  const Result many =
      run({table({input(accept, marks), base(Hook::prerouting, -150, accept, marks)})});
  EXPECT_EQ(many.answer.kind, Kind::accepted);
  EXPECT_LT(many.seconds, soon);
  const auto asked = [&](std::uint32_t mark) {
    const auto chain = input(accept, {{is(Field::mark, number(mark)), drop}});
    return run({table({chain, base(Hook::prerouting, -150, accept, marks)})}).answer.kind;
  };
  EXPECT_EQ(asked(7), Kind::undecided);
  // A few of them are.
  marks.resize(5);
  EXPECT_EQ(asked(7), Kind::accepted);
}

// Each call is another state: what one chain costs is paid for each of them, up to a bound.
TEST(PacketWalkHostile, WorkIsBounded) {
  std::vector<std::vector<Statement>> calls;
  for (std::uint32_t i = 1; i < 3000; ++i)
    calls.push_back({SetMark{number(i)}, jump("long")});
  std::vector<std::vector<Statement>> many(3000, {dport(80), drop});
  const Result quadratic = run({table({input(accept, calls), chain("long", many)})});
  EXPECT_EQ(quadratic.answer.kind, Kind::undecided);
  EXPECT_LT(quadratic.seconds, soon);

  std::vector<Element> elements;
  for (std::uint32_t i = 0; i < 20000; ++i)
    elements.push_back(element(number(i)));
  std::vector<std::vector<Statement>> lookups(20000, {in_set(Field::ip_saddr, "s"), drop});
  const Result large = run({table({input(accept, lookups)}, {set("s", elements)})});
  EXPECT_EQ(large.answer.kind, Kind::undecided);
  EXPECT_LT(large.seconds, soon);
  // A usual one is no matter.
  lookups.resize(20);
  EXPECT_EQ(run({table({input(accept, lookups)}, {set("s", elements)})}).answer.kind,
            Kind::accepted);
}

TEST(PacketWalkHostile, MapsOfManyVerdicts) {
  std::vector<Element> elements;
  for (std::uint32_t i = 0; i < 20000; ++i)
    elements.push_back(leads(element(port(static_cast<int>(i))), jump("c" + std::to_string(i))));
  const VerdictMap open{.terms = {term(Field::sport)}, .values = elements, .set = {}};
  EXPECT_EQ(run({table({input(accept, {{open}})})}).answer.kind, Kind::undecided);
}

TEST(PacketWalkHostile, OddShapes) {
  Match nothing;
  Match no_values{.op = Match::Op::equal, .terms = {term(Field::dport)}, .values = {}, .set = {}};
  Match no_parts = dport(22);
  no_parts.values[0].parts.clear();
  Match odd_mask = dport(22);
  odd_mask.terms[0].mask = "x";
  Match empty_value = match(Field::dport, Match::Op::any_bit, {element("")});
  Match less_text = match(Field::iifname, Match::Op::less, {element("eth0")});
  for (const Match& one : {nothing, no_values, no_parts, odd_mask, empty_value, less_text})
    EXPECT_EQ(run({table({input(accept, {{one, drop}})})}).answer.kind, Kind::undecided);
  Ruleset rules;
  rules.tables = {table({input(accept, {{saddr(client), drop}})})};
  EXPECT_EQ(walk(rules, {}).kind, Kind::undecided) << "nothing is known of the connection";
  // Two of one name: the kernel has none such.
  EXPECT_EQ(run({table({input(accept, {{jump("c")}}), chain("c", {}), chain("c", {{drop}})})})
                .answer.kind,
            Kind::accepted);
}

} // namespace
} // namespace sshguardd::firewall
