// What the journal and other logs take, and who keeps them small: journald.conf(5), logrotate(8).
// Runs in a process of its own: directories of logs may be large, or not answer.
#pragma once

#include "sshguardd/logs.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// As a child's argv (host/own_child.hpp), which prints encode().
[[nodiscard]] std::vector<std::string> look_at_logs_argv();
inline constexpr std::string_view look_at_logs_word = "look-at-logs";
[[nodiscard]] int look_at_logs_main(const std::vector<std::string>& arguments);

// Below `root`, which is empty but in tests. A journal without a directory is none.
[[nodiscard]] Logs look_at_logs(const std::string& root);

// Fields with NUL bytes between them. Unknown where it is not whole.
[[nodiscard]] std::string encode(const Logs& logs);
[[nodiscard]] Fact<Logs> decode_logs(std::string_view text);

} // namespace sshguardd::host
