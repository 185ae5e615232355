// What names a machine from outside: fingerprints of its host keys, its instance id.
#pragma once

#include "sshguardd/host_keys.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// One line of `ssh-keygen -lf`: "256 SHA256:... comment (ED25519)".
[[nodiscard]] std::optional<KeyFingerprint> key_fingerprint(std::string_view ssh_keygen);

// The words of `hostname -I` that are addresses, without loopback and link-local ones.
[[nodiscard]] std::vector<std::string> global_addresses(std::string_view hostname);

// cloud-init's instance-data.json: the value of its first "instance_id"; empty where there is none.
[[nodiscard]] std::string instance_id(std::string_view instance_data);

} // namespace sshguardd::parse
