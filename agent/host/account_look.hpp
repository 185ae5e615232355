// One pass over the accounts, their homes and key files. Runs in a process of its own: homes may
// lie on file systems that hang, and are looked at as the account whose they are.
#pragma once

#include "host/account_report.hpp"
#include "sshguardd/accounts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

struct AccountQuestion {
  LoginRules rules;
  // `sshd -T` with the unit's options. Asked for each account where rules.conditional, in this
  // process's environment; for its version where AuthorizedKeysFile has wildcards.
  std::vector<std::string> sshd;
  std::string record; // the agent's own of who got in (parse/login_record.hpp); empty: none
  int inotify = -1;   // an instance to which watches are added; -1: none
};

// Takes a while, may hang for ever, and changes who the process is.
[[nodiscard]] AccountReport look_at_accounts(const AccountQuestion& question);

// The same as a child's argv (host/own_child.hpp). It prints encode(AccountReport); the inotify
// instance is its descriptor 3.
[[nodiscard]] std::vector<std::string> look_at_accounts_argv(const AccountQuestion& question);
inline constexpr std::string_view look_at_accounts_word = "look-at-accounts";
[[nodiscard]] int look_at_accounts_main(const std::vector<std::string>& arguments);

} // namespace sshguardd::host
