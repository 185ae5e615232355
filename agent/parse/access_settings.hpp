// Settings of sshd that nobody but `sshguardctl access` asks for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct AccessSettings {
  std::string fingerprint_hash = "SHA256"; // FingerprintHash
  std::string principals_file;             // AuthorizedPrincipalsFile, a pattern
  std::string principals_command;          // AuthorizedPrincipalsCommand
  std::string principals_command_user;     // AuthorizedPrincipalsCommandUser
  std::vector<std::string> ca_algorithms;  // CASignatureAlgorithms; empty: not told
  std::string port;                        // Port, the first one
  bool routing_domains = false;            // ListenAddress with an rdomain
};

// Of the output of `sshd -T`.
[[nodiscard]] AccessSettings access_settings(std::string_view output);

} // namespace sshguardd::parse
