// Accounts that are in no file: what the name service (nsswitch.conf) has, asked by getent(1)
// within a deadline. Only for a process of its own, and only where somebody asked. All is
// untrusted.
#pragma once

#include "parse/accounts_db.hpp"
#include "sshguardd/fact.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// Nothing: there is no such account. Unknown says why nobody could tell.
[[nodiscard]] Fact<std::optional<parse::PasswdEntry>> ask_account(const std::string& name);

struct NamedGroups {
  std::vector<std::uint32_t> ids;       // its own among them
  std::vector<parse::GroupEntry> named; // those that have a name; it is a member of each
};
[[nodiscard]] Fact<NamedGroups> ask_groups(const parse::PasswdEntry& account);

} // namespace sshguardd::host
