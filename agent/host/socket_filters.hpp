// What systemd lets through to the sockets that sshd listens on. Asks systemd, and waits for it:
// only in a process of its own.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/firewall.hpp"

#include <vector>

namespace sshguardd::host {

// Of those that sshd's units have opened, in the unified hierarchy of control groups; in another
// one systemd has no such filters. Unknown: systemd does not say, and there are programs.
[[nodiscard]] Fact<std::vector<firewall::SocketFilter>> socket_filters();

} // namespace sshguardd::host
