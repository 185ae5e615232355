// Of all links that the kernel lists: which lead out of the machine, and which have addresses.
#pragma once

#include "parse/rtnetlink.hpp"
#include "sshguardd/network.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace sshguardd::engine {

// Indexes, sorted: those with a device, and what is made of such (bridges, bonds, VLANs). Where
// none has one, a container's own end of a veth or macvlan.
[[nodiscard]] std::vector<int> outward_links(const std::vector<parse::LinkMessage>& links);

// Of scope global, and neither tentative nor a duplicate (rtnetlink(7), ifa_flags).
[[nodiscard]] bool global(const parse::AddressMessage& address);
[[nodiscard]] bool usable(const parse::AddressMessage& address);

// Those that lead out, and those with an address; a host of containers has a thousand others.
inline constexpr std::size_t most_network_links = 256;
[[nodiscard]] std::vector<NetworkLink>
network_links(const std::vector<parse::LinkMessage>& links,
              const std::vector<parse::AddressMessage>& addresses);

[[nodiscard]] const parse::LinkMessage* link_of(const std::vector<parse::LinkMessage>& links,
                                                int index);

} // namespace sshguardd::engine
