// What the kernel says over rtnetlink(7): bytes -> struct. Nothing is believed about lengths.
#pragma once

#include "parse/netlink.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// RTM_NEWLINK.
struct LinkMessage {
  int index = 0;
  std::uint16_t hardware = 0; // ARPHRD_*
  std::uint32_t flags = 0;    // IFF_*
  std::string name;
  std::vector<std::string> other_names; // alternative ones
  std::string kind;                     // "bridge", "veth"; empty: none, as of a device
  std::string hardware_address;         // raw
  std::string permanent_address;        // raw; empty: not told
  int master = 0;                       // the bridge or bond that it is part of
  int below = 0;                        // the link that it is made of (a VLAN's)
  bool below_elsewhere = false;         // ... in another name space
  bool device = false;                  // of a bus (told since Linux 5.14)
  bool xdp = false;                     // a program takes its packets first, in whatever mode
};
[[nodiscard]] std::optional<LinkMessage> link_message(std::string_view body);

// RTM_NEWADDR.
struct AddressMessage {
  int index = 0;           // of the link
  std::string bytes;       // the machine's own address: 4 or 16
  std::uint8_t prefix = 0; // length
  std::uint8_t scope = 0;  // RT_SCOPE_*
  std::uint32_t flags = 0; // IFA_F_*

  bool operator==(const AddressMessage&) const = default;
};
[[nodiscard]] std::optional<AddressMessage> address_message(std::string_view body);

// RTM_NEWROUTE, of IPv4 and IPv6.
struct RouteMessage {
  bool ipv6 = false;
  std::uint8_t type = 0;   // RTN_*
  std::uint8_t prefix = 0; // length of the destination
  std::uint32_t table = 0;
  std::string destination; // raw; empty: all
  std::string gateway;     // raw, of either family; empty: on the link
  std::string own;         // RTA_PREFSRC
  int out = 0;             // the link; of several next hops the first
  std::uint32_t metric = 0;
  bool several = false; // next hops
};
[[nodiscard]] std::optional<RouteMessage> route_message(std::string_view body);

// RTM_NEWTFILTER.
struct FilterMessage {
  int index = 0;    // of the link
  std::string kind; // "bpf", "flower"
  std::string name; // of a program; empty: none is told

  bool operator==(const FilterMessage&) const = default;
};
[[nodiscard]] std::optional<FilterMessage> filter_message(std::string_view body);

// RTM_NEWRULE.
struct RuleMessage {
  std::uint32_t table = 0; // that it looks into; 0: none
  bool marked = false;     // only packets that carry a mark, or of TCP, by the machine's port
};
[[nodiscard]] RuleMessage rule_message(std::string_view body);

} // namespace sshguardd::parse
