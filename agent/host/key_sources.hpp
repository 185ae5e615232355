// Keys from elsewhere than homes: what sshd's settings name, and cannot use.
#pragma once

#include "parse/safe_path.hpp"
#include "sshguardd/accounts.hpp"

#include <string>
#include <vector>

namespace sshguardd::host {

// RevokedKeys, TrustedUserCAKeys, AuthorizedKeysCommand: absolute paths.
[[nodiscard]] std::vector<std::string> key_source_paths(const LoginRules& rules);

// As root. RevokedKeys that cannot be read (auth2-pubkey.c refuses all keys then),
// TrustedUserCAKeys that cannot, and an AuthorizedKeysCommand that sshd would not run
// (misc.c:subprocess()).
[[nodiscard]] std::vector<KeySource> wrong_key_sources(const LoginRules& rules,
                                                       const parse::SafePath& strict);

} // namespace sshguardd::host
