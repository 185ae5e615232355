// The file system as an account sees it: sshd's temporarily_use_uid() (uidswap.c), for files alone.
#pragma once

#include "parse/accounts_db.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// Takes the account's groups and its file-system ids for this process: what it opens and changes
// from now on the kernel judges as if the account did. Signals and /proc stay root's. Call it only
// in a short-lived process of its own (host/own_child.hpp). The reason where any of it failed; the
// process is to end then. Root's own account leaves root's capabilities.
[[nodiscard]] std::optional<std::string> become(const parse::PasswdEntry& account,
                                                const std::vector<std::uint32_t>& groups);

// Back to root, for the next account.
[[nodiscard]] std::optional<std::string> become_root();

} // namespace sshguardd::host
