// Files of the administrator's that run programs of the firewall while the machine boots, in ways
// that nobody can tell from outside: scripts of ifupdown and NetworkManager, rc.local, services.
#pragma once

#include "host/boot_units.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// The directories and files where they are, as patterns.
[[nodiscard]] const std::vector<std::string>& boot_hook_places();

// Those that name such a program. Services that are read elsewhere are not among them.
[[nodiscard]] std::vector<std::string> boot_hooks(const BootUnits& units);

// "iptables-restore <file", "/usr/sbin/nft -f file": one of them as a word, not behind a "#".
[[nodiscard]] bool names_firewall_program(std::string_view text);

} // namespace sshguardd::host
