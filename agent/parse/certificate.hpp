// An OpenSSH certificate (PROTOCOL.certkeys; sshkey.c:cert_parse()). Its signature is not verified
// here: that takes cryptography (host/signature).
#pragma once

#include "sshguardd/fact.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// All of it is untrusted. Keys are lines of a key file: "ssh-ed25519 AAAA...".
struct Certificate {
  std::string type;           // "ssh-ed25519-cert-v01@openssh.com"
  std::string key;            // the one that it is for
  std::string ca;             // the one that signed it
  std::string signature_type; // "rsa-sha2-512"
  bool user = true;           // or a host's
  std::uint64_t serial = 0;
  std::string key_id;
  std::vector<std::string> principals;
  std::uint64_t valid_after = 0;
  std::uint64_t valid_before = UINT64_MAX; // for ever
  bool force_command = false;              // critical options
  bool has_source_address = false;
  std::string source_address; // a list with commas
  std::string unknown_option; // the name of one that OpenSSH does not know; or empty
};

// Of its two words in a -cert.pub file. Unknown says why there is none.
[[nodiscard]] Fact<Certificate> certificate(std::string_view type, std::string_view base64);

// "TYPE BASE64": whether that names a certificate.
[[nodiscard]] bool is_certificate(std::string_view key);

} // namespace sshguardd::parse
