#include "parse/key_acceptance.hpp"

#include "parse/host_pattern.hpp"
#include "parse/key_blob.hpp"

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

namespace sshguardd::parse {
namespace {

using Form = KeyType::Form;

constexpr std::string_view rsa_sha1_certificate = "ssh-rsa-cert-v01@openssh.com";

// What a client may sign with by a key of that type. ssh-rsa is SHA-1, which clients have not
// offered since 8.8.
std::vector<std::string> plain_algorithms(const KeyType& type) {
  switch (type.form) {
  case Form::rsa:
    return {"rsa-sha2-512", "rsa-sha2-256"};
  case Form::dsa:
    return {"ssh-dss"};
  case Form::ed25519:
    return {"ssh-ed25519"};
  case Form::ed25519_sk:
    return {"sk-ssh-ed25519@openssh.com"};
  case Form::ecdsa_sk:
    return {"sk-ecdsa-sha2-nistp256@openssh.com", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"};
  case Form::ecdsa:
    break;
  }
  return {std::string{type.name}};
}

// "ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com".
std::vector<std::string> algorithms_of(const KeyType& type) {
  if (!type.certificate) return plain_algorithms(type);
  if (type.form == Form::rsa)
    return {"rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com"};
  return {std::string{type.name}};
}

// Without the padding, which sshd wants and tells nothing.
std::string_view bare(const KeyLine& key) {
  return key.base64.substr(0, key.base64.find_last_not_of('=') + 1);
}

} // namespace

std::string date_of(std::int64_t time) {
  const std::time_t seconds = time;
  std::tm tm{};
  char text[32] = "";
  if (gmtime_r(&seconds, &tm) != nullptr)
    (void)std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
  return text;
}

std::string why_type_rejected(const KeyLine& key, const LoginRules& rules) {
  return why_type_rejected(key.type, key.bits, rules);
}

std::string why_type_rejected(std::string_view name, unsigned bits, const LoginRules& rules) {
  const KeyType* type = key_type(name);
  if (type == nullptr) return "a type that is not known";
  const auto takes = [&](std::string_view algorithm) {
    return std::ranges::find(rules.algorithms, algorithm) != rules.algorithms.end();
  };
  if (!rules.algorithms.empty() && std::ranges::none_of(algorithms_of(*type), takes)) {
    if (type->form == Form::rsa && takes(type->certificate ? rsa_sha1_certificate : "ssh-rsa"))
      return "PubkeyAcceptedAlgorithms takes RSA with SHA-1 alone, which clients do not offer";
    return "PubkeyAcceptedAlgorithms does not take " + std::string{type->name};
  }
  // OpenSSH 10 knows it no more, whatever its configuration says.
  if (type->form == Form::dsa && rules.algorithms.empty()) return "DSA is taken no more";
  if (type->form == Form::rsa && bits < rules.required_rsa_size)
    return "RSA key of " + std::to_string(bits) + " bits: RequiredRSASize is " +
           std::to_string(rules.required_rsa_size);
  return {};
}

std::string why_rejected(const KeyLine& key, const LoginRules& rules, std::int64_t now,
                         std::string_view address) {
  if (std::string why = why_type_rejected(key, rules); !why.empty()) return why;
  return why_options_rejected(key.expiry, key.from, now, address);
}

std::string why_options_rejected(std::int64_t expiry, std::string_view from, std::int64_t now,
                                 std::string_view address) {
  if (expiry != 0 && expiry < now) return "expiry-time= is over since " + date_of(expiry);
  if (from.empty() || address.empty()) return {};
  switch (match_host(address, from)) {
  case HostMatch::yes:
    return {};
  case HostMatch::no:
    return "from= does not name " + std::string{address};
  case HostMatch::wrong:
    break;
  }
  return "from= is faulty: a network with bits behind its mask, or an empty entry";
}

KeySet::KeySet(std::string_view text) {
  (void)authorized_keys(text,
                        [this](std::uint32_t, const KeyLine& key) { data_.emplace(bare(key)); });
}

bool KeySet::contains(const KeyLine& key) const {
  return data_.contains(bare(key));
}

bool is_krl(std::string_view text) {
  return text.starts_with(std::string_view{"SSHKRL\n\0", 8});
}

} // namespace sshguardd::parse
