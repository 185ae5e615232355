// Which units are sshd on this machine, and which of them owns the port.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <string>
#include <vector>

namespace sshguardd::parse {

// The names to ask systemd for, Debian's and the RHEL family's.
inline constexpr const char* ssh_unit_names[] = {"ssh.service", "sshd.service", "ssh.socket",
                                                 "sshd.socket"};

// Folds aliases (ssh.service and sshd.service are one unit under two names), and chooses the pair:
// a unit that is active wins over one that is enabled, that over one that merely exists; at a tie
// the order of ssh_unit_names. The owner of the port is an active socket, else an active service,
// else what is enabled (the socket first, since it would bind first), else a service that exists.
[[nodiscard]] SshUnits ssh_units(std::string system_state, std::vector<Unit> units,
                                 std::vector<UnitFile> files);

// Would anything start sshd at boot? A unit file that is enabled, or pulled in by another unit.
[[nodiscard]] bool starts_at_boot(const Unit& unit);

} // namespace sshguardd::parse
