// What systemd lets through to sshd's sockets, by the settings of the units that opened them and of
// the slices that those are in: systemd.resource-control(5). Pure.
#pragma once

#include "sshguardd/firewall.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

// For systemctl show --property=.
inline constexpr const char* socket_filter_properties =
    "Id,ControlGroup,Slice,IPAccounting,IPAddressAllow,IPAddressDeny,IPIngressFilterPath,"
    "IPEgressFilterPath";

// As they are printed, of a unit.
using ShownProperties = std::map<std::string, std::string, std::less<>>;

// The slice and those above it, "-.slice" last: "a-b.slice", "a.slice", "-.slice".
[[nodiscard]] std::vector<std::string> slices_of(std::string_view slice);

// How many programs of one direction the kernel has; nothing: it could not be asked.
struct GroupPrograms {
  std::optional<std::size_t> own; // on the unit's own control group
  std::optional<std::size_t> all; // ... and above it
};

struct SocketUnit {
  std::string id; // "ssh.service"
  std::vector<std::uint16_t> ports;
  GroupPrograms ingress;
  GroupPrograms egress;
};

// None for a unit without any of these settings, and without a program that they do not explain.
[[nodiscard]] std::vector<firewall::SocketFilter>
socket_filters(const std::vector<ShownProperties>& shown, const std::vector<SocketUnit>& units);

} // namespace sshguardd::engine
