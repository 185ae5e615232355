// Addresses and networks as systemd prints them: "203.0.113.0/24 2001:db8::/32 ::1".
#pragma once

#include "sshguardd/firewall.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// Nothing: one of them is none.
[[nodiscard]] std::optional<std::vector<firewall::SocketFilter::Prefix>>
address_prefixes(std::string_view text);

} // namespace sshguardd::parse
