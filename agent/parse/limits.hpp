// The kernel's numbers of processes and open files, and when they are too close to their limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sshguardd::parse {

enum class Column {
  first, // pids.max, pids.current, kernel.pid_max; the open files of fs.file-nr
  third, // the most open files, of fs.file-nr
  tasks  // of /proc/loadavg: "1/345" has 345
};
// nullopt: no such column, no number, or "max": no limit.
[[nodiscard]] std::optional<std::uint64_t> limit_number(std::string_view text, Column column);

// The processes that a session takes: sshd's monitor, the user's part of it and a shell.
inline constexpr std::uint64_t left_for_a_session = 3;
// Others take those that are free, too.
inline constexpr std::uint64_t left_for_the_machine = 16;
[[nodiscard]] bool is_reached(std::uint64_t used, std::uint64_t most, std::uint64_t least_left);

// "user-1000.slice" -> 1000.
[[nodiscard]] std::optional<std::uint32_t> uid_of_slice(std::string_view name);

} // namespace sshguardd::parse
