// What one pass over the accounts brings back from its process, and how it is written on the pipe:
// names and paths are bytes, of any kind.
#pragma once

#include "sshguardd/accounts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// A watch that was added to the inotify instance of who asked.
struct HomeWatch {
  int descriptor = 0;
  std::string name; // in that directory
};

struct AccountReport {
  Accounts accounts;
  std::vector<HomeWatch> watches;
};

[[nodiscard]] std::string encode(const AccountReport& report);
// nullopt where it is cut or no such text.
[[nodiscard]] std::optional<AccountReport> decode_account_report(std::string_view text);

} // namespace sshguardd::host
