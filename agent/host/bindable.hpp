// Whether the kernel would bind an address that no interface has.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <string>
#include <vector>

namespace sshguardd::host {

// Those of `listen` that it would not. An address can be routed to the machine without being on an
// interface of it (an AnyIP route, a cloud's forwarded address), and ip_nonlocal_bind allows any.
[[nodiscard]] std::vector<std::string> unbindable(const std::vector<ListenAddress>& listen,
                                                  const std::vector<std::string>& addresses);

} // namespace sshguardd::host
