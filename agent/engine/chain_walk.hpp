// One packet through one base chain and what it jumps to: all the ways that it may end. Ways that
// come to the same state are one way again, so that their number does not grow with what is open.
// Pure.
#pragma once

#include "engine/firewall_match.hpp"
#include "engine/firewall_packet.hpp"
#include "engine/packet_walk.hpp"
#include "sshguardd/firewall.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sshguardd::firewall {

// In the rule set, which lives longer than the walk.
struct Where {
  const Table* table = nullptr;
  const Chain* chain = nullptr;
  const Rule* rule = nullptr; // none: the policy
};

[[nodiscard]] Place place_of(const Where& where);

// Why there is more than one way.
struct Cause {
  Where where;
  Doubt doubt;
};

struct Path {
  State state;
  bool usual = true;         // all that is open goes as it usually does
  std::optional<Cause> open; // the first fork that leads here
  Where accepted_by;         // the weightiest accept so far
  int weight = -1;           // of it
  Where translated_by;
};

// How a path leaves a rule (next), a chain (back), a base chain (the others).
struct End {
  enum class Kind { next, back, accept, drop, reject, forward } kind = Kind::accept;
  RejectKind reject = RejectKind::port_unreachable;
  Path path;
  Where by;
  std::optional<std::uint32_t> expires_s; // of the element that it fits
};

// Joins the end with one of the same outcome. A rule that decides for sure is named before one that
// only may.
void add_end(std::vector<End>& ends, End end);

// One way only: whatever was open on it has changed nothing.
void forget_open(std::vector<End>& ends, const Path& before);

// Both ways of something open. `usually`: which of them; nothing: nobody can tell.
void fork(Path& goes_on, Path& other, const Cause& cause, std::optional<bool> usually);

// The path of a chain that was walked by itself, behind the one that came to it.
[[nodiscard]] Path behind(const Path& before, Path after);

void add_step(Trace* trace, Trace::Step::What what, const Packet& packet, const Where& where);

// Many ways that differ in their marks alone become one whose marks nobody knows.
void forget_marks(std::vector<Path>& paths);
void forget_marks(std::vector<End>& ends);

// What was done, and how much may be done.
struct Work {
  std::size_t rules = 0;    // visited
  std::size_t compared = 0; // statements and elements
  std::size_t kept = 0;     // ends
  bool over = false;        // given up: what the ends say is not all
};

// The tables by what their rules name.
class Names {
public:
  explicit Names(const Ruleset& rules);
  [[nodiscard]] const Chain* chain(const Table& table, std::string_view name) const;
  [[nodiscard]] const Set* set(const Table& table, std::string_view name) const;

private:
  struct Of {
    std::unordered_map<std::string_view, const Chain*> chains;
    std::unordered_map<std::string_view, const Set*> sets;
  };
  std::unordered_map<const Table*, Of> tables_;
};

class ChainWalk {
public:
  ChainWalk(const Names& names, const Connection& connection, Work& work, Trace* trace)
      : names_(names), connection_(connection), work_(work), trace_(trace) {}

  // Ends are accept, drop, reject or forward. `path` is the one that comes to it.
  [[nodiscard]] std::vector<End> base(const Table& table, const Chain& chain, const Packet& packet,
                                      const Path& path);

private:
  struct Step; // one rule under way
  using Ends = std::vector<End>;

  Ends chain(const Chain& chain, const State& state);
  Ends all_rules(const Chain& chain, const State& state);
  Ends rule(const Chain& chain, const Rule& rule, Path path);
  void run_from(Step& step, std::size_t first);
  void jump(Step& step, const Verdict& verdict);
  void on_other_path(Step& step, const Cause& cause, const Element& element);
  void anything(Step& step, const Doubt& doubt);
  void translate_to(Step& step, const std::string& address);
  bool translate_source(Step& step);
  bool translate_outgoing(Step& step, const Translate& translate);

  bool run(Step& step, const Match& match);
  bool run(Step& step, const Verdict& verdict);
  bool run(Step& step, const VerdictMap& map);
  bool run(Step& step, const Open& open);
  bool run(Step& step, const Translate& translate);
  bool run(Step& step, const SetMark& mark);
  bool run(Step& step, const NoTrack& no_track);
  bool run(Step& step, const SetZone& set);

  [[nodiscard]] Moment moment() const;
  void trace_rule(Step& step) const;
  [[nodiscard]] std::optional<bool> own(const std::string& address) const;
  [[nodiscard]] int weight(const Rule* rule) const;

  const Names& names_;
  const Connection& connection_;
  Work& work_;
  Trace* trace_;

  const Table* table_ = nullptr; // of the base chain
  const Chain::Base* base_ = nullptr;
  Packet packet_;
  std::unordered_map<const Chain*, std::vector<std::pair<State, Ends>>> seen_;
  std::set<const Chain*> inside_; // of these it is on its way
};

} // namespace sshguardd::firewall
