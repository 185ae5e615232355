// Whether a certificate was signed by the key that it names (sshkey.c:cert_parse()), which
// ssh-keygen alone finds out here.
#pragma once

#include "sshguardd/fact.hpp"

#include <string>

namespace sshguardd::host {

// certificate: "TYPE BASE64". Only for a process of its own (host/own_child.hpp).
[[nodiscard]] Fact<bool> signature_is_genuine(const std::string& certificate);

} // namespace sshguardd::host
