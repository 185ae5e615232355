#include "engine/packet_walk.hpp"

#include "engine/packet_journey.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::firewall {
namespace {

using Kind = Answer::Kind;

Answer decided(const Answer::Possible& what) {
  Answer answer;
  answer.kind = what.kind;
  answer.reject = what.reject;
  answer.by = what.by;
  answer.packet = what.packet;
  answer.port = what.port;
  answer.expires_s = what.expires_s;
  answer.told = what.told;
  return answer;
}

Answer answer_of(const std::vector<Outcome>& outcomes) {
  if (outcomes.size() == 1) return decided(outcomes[0].what);
  Answer answer;
  answer.kind = Kind::undecided;
  std::size_t usual = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    answer.possible.push_back(outcomes[i].what);
    if (!outcomes[i].usual) continue;
    ++usual;
    answer.usual = i;
  }
  if (usual != 1) answer.usual.reset();
  const auto open = std::find_if(outcomes.begin(), outcomes.end(),
                                 [](const Outcome& one) { return one.open.has_value(); });
  if (open == outcomes.end()) return answer;
  answer.why = in_words(open->open->doubt);
  if (open->open->where.table) answer.by = place_of(open->open->where);
  answer.packet = open->what.packet;
  return answer;
}

Answer too_much(std::uint16_t port) {
  Answer answer;
  answer.kind = Kind::undecided;
  for (const Kind kind : {Kind::accepted, Kind::rejected, Kind::dropped, Kind::forwarded}) {
    Answer::Possible what;
    what.kind = kind;
    what.reject = RejectKind::other;
    what.port = port;
    answer.possible.push_back(what);
  }
  answer.why = in_words({.of = Doubt::Of::much, .name = {}, .field = {}});
  return answer;
}

// The same in both orders of chains that share a priority, or nobody can tell which.
Answer travel(const Ruleset& rules, const Connection& connection, Trace* trace,
              const std::vector<Packet>& packets) {
  Journey first(rules, connection, trace, false);
  auto outcomes = first.go(packets);
  if (trace) trace->rules += first.work().rules;
  if (first.work().over) return too_much(connection.port);
  if (!first.ties()) return answer_of(outcomes);

  Journey second(rules, connection, nullptr, true);
  const auto others = second.go(packets);
  if (second.work().over) return too_much(connection.port);
  const std::size_t before = outcomes.size();
  for (const Outcome& other : others)
    add_outcome(outcomes, other);
  Answer answer = answer_of(outcomes);
  if (before == 1 && answer.kind == Kind::undecided && others.size() == 1) {
    answer.why = in_words({.of = Doubt::Of::order, .name = {}, .field = {}});
    answer.by = outcomes[0].what.by;
  }
  return answer;
}

} // namespace

Answer walk(const Ruleset& rules, const Connection& connection, Trace* trace) {
  const bool out = connection.outgoing;
  std::vector<Packet> packets{{.sort = Answer::Packet::syn, .out = out, .icmp_type = 0},
                              {.sort = Answer::Packet::syn_ack, .out = !out, .icmp_type = 0},
                              {.sort = Answer::Packet::ack, .out = out, .icmp_type = 0}};
  // Of sshd's answers the first one stands for all; here it is the other side that has to be heard.
  if (out) packets.push_back({.sort = Answer::Packet::syn_ack, .out = false, .again = true});
  return travel(rules, connection, trace, packets);
}

Answer neighbours_pass(const Ruleset& rules, const Connection& connection, Trace* trace) {
  if (!connection.ipv6 || !connection.neighbours || connection.interface == "lo") return {};
  constexpr std::uint8_t solicitation = 135, advertisement = 136;
  const auto packet = [](bool out, std::uint8_t type) {
    return Packet{.sort = Answer::Packet::neighbour, .out = out, .icmp_type = type};
  };
  return travel(rules, connection, trace,
                {packet(false, solicitation), packet(true, advertisement),
                 packet(true, solicitation), packet(false, advertisement)});
}

Answer ask(const Ruleset& rules, const Connection& connection, Trace* trace) {
  Answer answer = walk(rules, connection, trace);
  const bool open = answer.kind == Kind::undecided;
  if ((answer.kind != Kind::accepted && !open) || !connection.ipv6) return answer;
  Answer neighbours = neighbours_pass(rules, connection, trace);
  // What is open of the connection itself is told before what is open of its neighbours.
  const bool passes =
      neighbours.kind == Kind::accepted || (open && neighbours.kind == Kind::undecided);
  return passes ? answer : neighbours;
}

} // namespace sshguardd::firewall
