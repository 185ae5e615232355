// Every listening TCP socket, with those of sshd's units marked.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <vector>

namespace sshguardd::host {

// `ours`: of sshd's service, also one that systemd takes for stopped, or of its socket unit.
[[nodiscard]] Fact<std::vector<Listener>> own_listeners(const SshUnits& units);

// The TCP addresses of ListenStream=. One for all IPv6 addresses takes IPv4 as well, unless the
// unit has another for that.
[[nodiscard]] std::vector<ListenAddress> socket_addresses(const Unit& socket);

} // namespace sshguardd::host
