// Does a packet fit? Three answers: a field that nobody knows, or a set that is not known in full,
// may fit. Pure.
#pragma once

#include "engine/firewall_packet.hpp"
#include "sshguardd/firewall.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::firewall {

// What nobody can tell.
struct Doubt {
  enum class Of {
    words, // as they are
    field,
    set,         // not all of it is known
    packets_add, // to a set
    chain,       // not known
    circle,      // of chains
    depth,       // of chains
    devices,     // of a chain
    bridge,
    dormant, // a table
    local,   // an address
    order,   // of two chains of one priority
    much     // more than is looked at
  } of = Of::words;
  std::string_view name;
  Field field = Field::other;
};

[[nodiscard]] std::string in_words(const Doubt& doubt);

enum class Fits { no, maybe, yes };

struct Fit {
  Fits fits = Fits::maybe;
  Doubt doubt;                      // of maybe
  std::optional<bool> usually;      // of maybe; nothing: nobody can tell
  const Element* element = nullptr; // that it is
};

// `set` is the named one, nullptr: not found. `work` counts what was compared.
[[nodiscard]] Fit fit(const Match& match, const Set* set, const Moment& moment, const State& state,
                      std::size_t& work);

// The elements of a map in question, surest first: those that may be it, and at most one that is.
struct Found {
  std::vector<const Element*> maybe;
  const Element* sure = nullptr;
  bool all = true; // no other element can be there
  Doubt doubt;     // of maybe, or of not all
};
[[nodiscard]] Found find(const VerdictMap& map, const Set* set, const Moment& moment,
                         const State& state, std::size_t& work);

} // namespace sshguardd::firewall
