// How the kernel sends packets, and which addresses are its own (rtnetlink(7)). Each question is
// answered by the kernel at once, from a socket of its own; nothing waits for a network.
#pragma once

#include "sshguardd/fact.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// Addresses are raw bytes, most significant first: 4 or 16.
struct OwnAddress {
  std::string bytes;
  std::string interface;
  bool global = false; // neither of the link nor of the host
  bool usable = true;  // not tentative, no duplicate (ifa_flags)

  [[nodiscard]] bool ipv6() const { return bytes.size() == 16; }
};
[[nodiscard]] Fact<std::vector<OwnAddress>> own_addresses();

// Where a packet to `destination` goes.
struct Way {
  std::string interface; // empty: nowhere
  std::string own;       // the address that it is sent from
  std::string gateway;   // empty: on the link
  bool local = false;    // to the machine itself
  std::string problem;   // "unreachable", "prohibit", "blackhole", "no route"; or empty
};
// own: the address that it is sent from (policy routes go by it); empty: any. interface: a
// link-local destination needs one where several links have such addresses.
[[nodiscard]] Fact<Way> way_to(std::string_view destination, std::string_view own = {},
                               std::string_view interface = {});

// "203.0.113.7" <-> its bytes; empty where it is none. IPv4 also for ::ffff:203.0.113.7.
[[nodiscard]] std::string address_bytes(std::string_view text);
[[nodiscard]] std::string address_text(std::string_view bytes);

} // namespace sshguardd::host
