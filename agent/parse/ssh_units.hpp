// Which units are sshd on this machine, and which of them owns the port.
#pragma once

#include "sshguardd/remedy.hpp"
#include "sshguardd/snapshot.hpp"

#include <string>
#include <vector>

namespace sshguardd::parse {

// The names to ask systemd for, Debian's and the RHEL family's.
inline constexpr const char* ssh_unit_names[] = {"ssh.service", "sshd.service", "ssh.socket",
                                                 "sshd.socket"};

// Folds aliases (ssh.service and sshd.service are one unit under two names; the same Id may come
// twice), and chooses the pair: a unit that is active wins over one that is enabled, that over one
// that merely exists, a masked one comes last; at a tie the one that has failed, then the order of
// ssh_unit_names. An active socket brings the service of its own name. The owner of the port is an
// active socket, else an active service, else what is enabled (the socket first, since it would
// bind first), else a service that exists, be it masked.
[[nodiscard]] SshUnits ssh_units(std::string system_state, const std::vector<Unit>& units,
                                 std::vector<UnitFile> files);

// systemd was told never to start it, also where it has not read that yet.
[[nodiscard]] bool masked(const Unit& unit);

// Would anything start it at boot? A unit file that is enabled, or pulled in by another unit. What
// lies under /run (enabled-runtime, masked-runtime) does not survive; masked starts never.
[[nodiscard]] bool starts_at_boot(const Unit& unit);

// What starts sshd on this machine. With Accept=yes a template serves, and the service of that name
// has no part in it.
[[nodiscard]] RestartSshd restart_of(const SshUnits& units);

} // namespace sshguardd::parse
