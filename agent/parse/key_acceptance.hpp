// Whether sshd takes a well-formed key of a key file: its type, its size, its time, its address.
#pragma once

#include "parse/authorized_keys.hpp"
#include "sshguardd/accounts.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace sshguardd::parse {

// Why sshd does not, in words, for a client at this address (empty: not known, from= is no reason);
// empty: it does. auth2-pubkey.c:userauth_pubkey(), auth.c:auth_authorise_keyopts(),
// sshkey.c:sshkey_check_rsa_length(). Revoked keys are for KeySet.
[[nodiscard]] std::string why_rejected(const KeyLine& key, const LoginRules& rules,
                                       std::int64_t now, std::string_view address);

// Of a key alone, whatever stands before it; `type` is also a certificate's.
[[nodiscard]] std::string why_type_rejected(const KeyLine& key, const LoginRules& rules);
[[nodiscard]] std::string why_type_rejected(std::string_view type, unsigned bits,
                                            const LoginRules& rules);

// Of what stands before it alone.
[[nodiscard]] std::string why_options_rejected(std::int64_t expiry, std::string_view from,
                                               std::int64_t now, std::string_view address);

// In UTC, for people.
[[nodiscard]] std::string date_of(std::int64_t time);

// The keys of a file, to be found again by their data: of --key, or of a RevokedKeys that is a list
// and no KRL (authfile.c:sshkey_in_file()).
class KeySet {
public:
  explicit KeySet(std::string_view text = {});
  // Whatever its comment and options are.
  [[nodiscard]] bool contains(const KeyLine& key) const;

private:
  std::set<std::string, std::less<>> data_;
};

// Begins as a key revocation list, which ssh-keygen alone can read.
[[nodiscard]] bool is_krl(std::string_view text);

} // namespace sshguardd::parse
