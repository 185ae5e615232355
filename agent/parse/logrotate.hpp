// What tells of logrotate(8): its state file, the names that it gives.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct RotatedLog {
  std::string path;
  std::string date; // "2026-11-21"

  bool operator==(const RotatedLog&) const = default;
};

inline constexpr std::size_t most_rotated_logs = 20'000;

// The state file (logrotate.c:readState()); a line that is not understood is left out.
[[nodiscard]] std::vector<RotatedLog> logrotate_state(std::string_view text);

// A name that a log gets when it is put aside: "syslog.1", "syslog.2.gz", "messages-20261121".
[[nodiscard]] bool is_rotated_name(std::string_view name);

} // namespace sshguardd::parse
