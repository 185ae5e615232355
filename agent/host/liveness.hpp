// Passive signs of life: what the kernel tells of sshd's listening process and of the machine, read
// without touching sshd.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sshguardd::host {

// control_group: systemd's ControlGroup of the unit, "/system.slice/ssh.service".
[[nodiscard]] Fact<Daemon> read_daemon(std::uint32_t pid, const std::string& control_group);

// Unknown where the kernel has no PSI (psi=0, before 4.20).
[[nodiscard]] Fact<Pressure> read_pressure();

// Addresses of interfaces that are up, loopback too; IPv6 only where the kernel has it switched on.
[[nodiscard]] Fact<std::vector<std::string>> read_addresses();

} // namespace sshguardd::host
