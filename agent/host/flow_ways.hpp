// By which interface, and to which of the machine's addresses, somebody's connections come: as far
// as the kernel's routes tell.
#pragma once

#include "host/routes.hpp"
#include "sshguardd/fact.hpp"
#include "sshguardd/firewall.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sshguardd::host {

// Somebody's first packet as it comes to this machine. Addresses are raw bytes; empty: of `to` the
// one that the kernel would answer from, of `interface` the one that it would answer by.
struct FlowEnds {
  std::string from;
  std::string to;
  std::string interface;
  std::uint16_t port = 22;
};
// Unknown: no route leads to where it comes from, or the kernel was not asked.
[[nodiscard]] Fact<firewall::Connection> connection_of(const FlowEnds& ends,
                                                       const std::vector<OwnAddress>& own);
// To other addresses of the machine's, where answers from them leave by another interface
// (ip-rule(8), of a machine with two of them): one of each.
[[nodiscard]] std::vector<firewall::Connection> other_ways(const firewall::Connection& first,
                                                           const std::vector<OwnAddress>& own);

} // namespace sshguardd::host
