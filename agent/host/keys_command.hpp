// AuthorizedKeysCommand, run as sshd runs it (auth2-pubkey.c:user_key_command_allowed2(),
// misc.c:subprocess()): only for a process of its own, as root, and only where somebody asked.
#pragma once

#include "engine/access.hpp"
#include "parse/accounts_db.hpp"
#include "parse/safe_path.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// An account and its groups.
struct Person {
  parse::PasswdEntry entry;
  std::vector<std::uint32_t> groups;
};
// Nothing: there is no such account.
using FindPerson = std::function<Fact<std::optional<Person>>(const std::string& name)>;

struct KeysCommandQuestion {
  std::string command;          // AuthorizedKeysCommand
  std::string user;             // AuthorizedKeysCommandUser
  std::string fingerprint_hash; // FingerprintHash
  std::string key;              // the client's, "TYPE BASE64"; or empty
};

struct KeysCommandAnswer {
  engine::KeysCommand told; // the counts are for whoever reads the text
  std::string text;         // untrusted
};
[[nodiscard]] KeysCommandAnswer run_keys_command(const KeysCommandQuestion& question,
                                                 const parse::PasswdEntry& account,
                                                 const FindPerson& find,
                                                 const parse::SafePath& strict);

} // namespace sshguardd::host
