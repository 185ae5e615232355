// Would the machine's own firewall let a new TCP connection in, or out, and which rule decides?
// Three packets are walked through all its chains: the first one, the answer and what follows.
// Pure.
#pragma once

#include "sshguardd/firewall.hpp"

#include <cstddef>
#include <vector>

namespace sshguardd::firewall {

// For people who want to see it: the chains that were entered, the rules that fit or may.
struct Trace {
  struct Step {
    enum class What { entered, fits, may_fit } what = What::entered;
    Answer::Packet packet = Answer::Packet::syn;
    bool out = false;
    Place place;
  };
  std::vector<Step> steps;
  bool cut = false;      // there were more
  std::size_t rules = 0; // visited
};

[[nodiscard]] Answer walk(const Ruleset& rules, const Connection& connection,
                          Trace* trace = nullptr);

// IPv6 needs more than TCP: the machine and its router or neighbour ask each other for their
// addresses of the link (ICMPv6 135, 136), and without an answer nothing comes in. accepted where
// both ways are open, of IPv4 and of the machine itself.
[[nodiscard]] Answer neighbours_pass(const Ruleset& rules, const Connection& connection,
                                     Trace* trace = nullptr);

// Both of them, as far as they matter to the answer.
[[nodiscard]] Answer ask(const Ruleset& rules, const Connection& connection,
                         Trace* trace = nullptr);

} // namespace sshguardd::firewall
