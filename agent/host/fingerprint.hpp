// Fingerprints of public keys, as sshd's log and `ssh-keygen -l` have them.
#pragma once

#include <string>
#include <string_view>

namespace sshguardd::host {

// "SHA256:" and base64 without its padding, of a key's data (sshkey.c:sshkey_fingerprint_raw(),
// fingerprint_b64()).
[[nodiscard]] std::string fingerprint(std::string_view data);

} // namespace sshguardd::host
