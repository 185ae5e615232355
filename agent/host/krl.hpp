// Key revocation lists (ssh-keygen(1), KEY REVOCATION LISTS), which ssh-keygen alone reads here.
#pragma once

#include "sshguardd/fact.hpp"

#include <string>

namespace sshguardd::host {

// Whether it revokes a key or certificate, or who signed that: "TYPE BASE64". Only for a process of
// its own (host/own_child.hpp).
[[nodiscard]] Fact<bool> revoked_by_list(const std::string& list, const std::string& key);

} // namespace sshguardd::host
