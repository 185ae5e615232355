#include "engine/chain_walk.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::firewall {
namespace {

constexpr std::size_t most_paths = 32;      // beside each other in one chain
constexpr std::size_t most_ends = 96;       // of one chain
constexpr std::size_t most_states = 256;    // that one chain is asked for
constexpr std::size_t most_kept = 100000;   // ends, of all chains
constexpr std::size_t most_work = 10000000; // statements and elements: some tenths of a second

void add_path(std::vector<Path>& paths, Path path) {
  const auto same = std::find_if(paths.begin(), paths.end(),
                                 [&](const Path& other) { return other.state == path.state; });
  if (same == paths.end()) {
    paths.push_back(std::move(path));
  } else if (path.usual && !same->usual) {
    *same = std::move(path);
  }
}

bool state_matters(End::Kind kind) {
  return kind <= End::Kind::accept;
}

// It is the very rule that nobody can tell of.
bool only_may(const End& end) {
  return end.by.rule && end.path.open && end.path.open->where.rule == end.by.rule;
}

} // namespace

Place place_of(const Where& where) {
  Place place;
  if (where.table) {
    place.family = where.table->family;
    place.table = where.table->name;
    place.legacy = where.table->legacy;
  }
  if (where.chain) place.chain = where.chain->name;
  if (where.rule) {
    place.rule = where.rule->handle;
    place.text = where.rule->text;
  } else if (where.chain && where.chain->base) {
    const bool drops = where.chain->base->policy.kind == Verdict::Kind::drop;
    place.text = drops ? "policy drop" : "policy accept";
  }
  return place;
}

void add_end(std::vector<End>& ends, End end) {
  const auto same = std::find_if(ends.begin(), ends.end(), [&](const End& other) {
    return other.kind == end.kind && other.reject == end.reject &&
           (!state_matters(end.kind) || other.path.state == end.path.state);
  });
  if (same == ends.end()) {
    ends.push_back(std::move(end));
    return;
  }
  const bool surer = end.path.usual == same->path.usual && only_may(*same) && !only_may(end);
  if (surer || (end.path.usual && !same->path.usual)) *same = std::move(end);
}

void forget_open(std::vector<End>& ends, const Path& before) {
  if (ends.size() != 1) return;
  ends[0].path.open = before.open;
  ends[0].path.usual = before.usual;
}

void forget_marks(std::vector<Path>& paths) {
  std::vector<Path> fewer;
  for (Path& path : paths) {
    path.state.mark.reset();
    path.state.connection_mark.reset();
    add_path(fewer, std::move(path));
  }
  paths = std::move(fewer);
}

void forget_marks(std::vector<End>& ends) {
  std::vector<End> fewer;
  for (End& end : ends) {
    end.path.state.mark.reset();
    end.path.state.connection_mark.reset();
    add_end(fewer, std::move(end));
  }
  ends = std::move(fewer);
}

void fork(Path& goes_on, Path& other, const Cause& cause, std::optional<bool> usually) {
  other = goes_on;
  if (!goes_on.open) goes_on.open = other.open = cause;
  if (!usually) return;
  goes_on.usual = goes_on.usual && *usually;
  other.usual = other.usual && !*usually;
}

// The path of a chain that was walked by itself, behind the one that came to it.
Path behind(const Path& before, Path after) {
  after.usual = after.usual && before.usual;
  if (before.open) after.open = before.open;
  if (before.weight > after.weight) {
    after.accepted_by = before.accepted_by;
    after.weight = before.weight;
  }
  return after;
}

Names::Names(const Ruleset& rules) {
  for (const Table& table : rules.tables) {
    Of& of = tables_[&table];
    for (const Chain& chain : table.chains)
      of.chains.emplace(chain.name, &chain);
    for (const Set& set : table.sets)
      of.sets.emplace(set.name, &set);
  }
}

const Chain* Names::chain(const Table& table, std::string_view name) const {
  const auto& chains = tables_.at(&table).chains;
  const auto found = chains.find(name);
  return found == chains.end() ? nullptr : found->second;
}

const Set* Names::set(const Table& table, std::string_view name) const {
  const auto& sets = tables_.at(&table).sets;
  const auto found = sets.find(name);
  return found == sets.end() ? nullptr : found->second;
}

std::vector<End> ChainWalk::base(const Table& table, const Chain& chain, const Packet& packet,
                                 const Path& path) {
  table_ = &table;
  base_ = &*chain.base;
  packet_ = packet;
  seen_.clear();
  work_.kept = 0;
  inside_.clear();
  Ends ends;
  for (End& end : this->chain(chain, path.state)) {
    end.path = behind(path, std::move(end.path));
    if (end.kind == End::Kind::back) {
      end.by = {.table = &table, .chain = &chain, .rule = nullptr};
      const auto policy = base_->policy.kind;
      end.kind = policy == Verdict::Kind::drop     ? End::Kind::drop
                 : policy == Verdict::Kind::reject ? End::Kind::reject
                                                   : End::Kind::accept;
      end.reject = base_->policy.reject;
    }
    const bool opens = packet.sort == Answer::Packet::syn && end.kind == End::Kind::accept;
    if (opens && weight(end.by.rule) >= end.path.weight) {
      end.path.weight = weight(end.by.rule);
      end.path.accepted_by = end.by;
    }
    if (end.kind != End::Kind::reject) end.reject = {};
    add_end(ends, std::move(end));
  }
  forget_open(ends, path);
  return ends;
}

// Of an accepted packet the rule counts more than a policy, and input more than what is before it.
int ChainWalk::weight(const Rule* rule) const {
  return (base_->hook == Hook::input ? 2 : 0) + (rule ? 1 : 0);
}

Moment ChainWalk::moment() const {
  return {.connection = connection_,
          .packet = packet_,
          .family = table_->family,
          .hook = base_->hook,
          .priority = base_->priority,
          .nat = base_->type == "nat"};
}

void add_step(Trace* trace, Trace::Step::What what, const Packet& packet, const Where& where) {
  constexpr std::size_t most_steps = 4000;
  if (!trace) return;
  if (trace->steps.size() >= most_steps) {
    trace->cut = true;
    return;
  }
  trace->steps.push_back(
      {.what = what, .packet = packet.sort, .out = packet.out, .place = place_of(where)});
}

// Each chain once for each state that comes to it.
ChainWalk::Ends ChainWalk::chain(const Chain& chain, const State& state) {
  for (const auto& [before, ends] : seen_[&chain])
    if (before == state) return ends;
  if (seen_[&chain].size() >= most_states) work_.over = true;
  inside_.insert(&chain);
  add_step(trace_, Trace::Step::What::entered, packet_,
           {.table = table_, .chain = &chain, .rule = nullptr});
  Ends ends = all_rules(chain, state);
  inside_.erase(&chain);
  work_.kept += ends.size();
  if (work_.kept > most_kept) work_.over = true;
  seen_[&chain].emplace_back(state, ends);
  return ends;
}

ChainWalk::Ends ChainWalk::all_rules(const Chain& chain, const State& state) {
  const Path start{.state = state,
                   .usual = true,
                   .open = {},
                   .accepted_by = {},
                   .weight = -1,
                   .translated_by = {}};
  std::vector<Path> paths{start};
  Ends ends;
  for (const Rule& one : chain.rules) {
    if (paths.empty()) break;
    std::vector<Path> next;
    for (Path& path : paths) {
      if (work_.compared > most_work) work_.over = true;
      if (work_.over) return ends;
      for (End& end : rule(chain, one, std::move(path))) {
        if (end.kind == End::Kind::next) {
          add_path(next, std::move(end.path));
        } else {
          add_end(ends, std::move(end));
        }
      }
    }
    if (next.size() > most_paths) forget_marks(next);
    if (ends.size() > most_ends) forget_marks(ends);
    if (next.size() > most_paths || ends.size() > most_ends) work_.over = true;
    paths = std::move(next);
  }
  for (Path& path : paths) {
    add_end(ends, {.kind = End::Kind::back,
                   .reject = {},
                   .path = std::move(path),
                   .by = {.table = table_, .chain = &chain, .rule = nullptr},
                   .expires_s = {}});
  }
  forget_open(ends, start);
  return ends;
}

} // namespace sshguardd::firewall
