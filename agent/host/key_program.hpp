// A program that sshd asks about a key: AuthorizedKeysCommand, AuthorizedPrincipalsCommand. Run as
// sshd runs it (auth2-pubkey.c, misc.c:subprocess()): only for a process of its own, as root, and
// only where somebody asked.
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

struct KeyProgram {
  std::string setting; // "AuthorizedKeysCommand"
  std::string command; // its value
  std::string user;    // that of AuthorizedKeysCommandUser
  std::string letters; // the tokens that sshd knows there: "uUh"
  // What one stands for, asked for those in the command alone. Unknown says why nobody knows.
  std::function<Fact<std::string>(char letter)> token;
  bool name_alone = false; // without words it is given the account's name
};

struct KeyProgramAnswer {
  engine::KeysCommand told; // the counts are for whoever reads the text
  std::string text;         // untrusted
};
[[nodiscard]] KeyProgramAnswer run_key_program(const KeyProgram& program,
                                               const parse::PasswdEntry& account,
                                               const FindPerson& find,
                                               const parse::SafePath& strict);

} // namespace sshguardd::host
