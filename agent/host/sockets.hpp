// Listening TCP sockets by sock_diag(7): the kernel's own answer, with the control group that holds
// each.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <string>
#include <vector>

namespace sshguardd::host {

// control_groups: systemd's ControlGroup of the units that are sshd ("/system.slice/ssh.service");
// a socket of one of them, or below, is `ours`.
[[nodiscard]] Fact<std::vector<Listener>>
read_listeners(const std::vector<std::string>& control_groups);

} // namespace sshguardd::host
