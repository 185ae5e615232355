// The keys that sshd would find for an account, and what it makes of each: of its key files, looked
// at as the account, and of AuthorizedKeysCommand.
#pragma once

#include "engine/access.hpp"
#include "host/account_files.hpp"
#include "host/key_program.hpp"
#include "host/mounts.hpp"
#include "parse/access_settings.hpp"
#include "parse/safe_path.hpp"

#include <string>
#include <vector>

namespace sshguardd::host {

struct KeyQuestion {
  Person account;
  const LoginRules& rules;
  parse::AccessSettings settings;
  const std::vector<parse::PasswdEntry>& accounts;
  const Mounts& mounts;
  const parse::SafePath& strict;
  const RevokedKeys& revoked;
  SshdVersion& version;
  const std::string& key;   // the client's, or empty
  const std::string& from;  // its address, or empty
  bool ask_command = false; // programs for keys and principals may be run
  FindPerson find;
};

// Adds to facts.keys, facts.account->files and facts.keys_command. Only in a process of its own
// (host/own_child.hpp), which becomes the account meanwhile.
void look_at_keys(const KeyQuestion& question, engine::AccessFacts& facts);

} // namespace sshguardd::host
