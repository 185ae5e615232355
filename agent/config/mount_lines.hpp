// An entry of [disk] for one mount point: /path = [warning=PERCENT] [warning_bytes=SIZE]
// [critical=PERCENT] [critical_bytes=SIZE]
#pragma once

#include "sshguardd/disks.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::config {

struct MountEntry {
  MountLines lines;
  std::string wrong; // what is wrong, and what is allowed; empty = nothing
};

[[nodiscard]] MountEntry parse_mount_lines(std::string_view path, std::string_view value);
[[nodiscard]] std::string show_mount_lines(const MountLines& lines); // the value

// "104857600", "100M", "50G": bytes, with units of 1024; the most that there is where they would be
// more.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
[[nodiscard]] std::string show_size(std::uint64_t bytes);

} // namespace sshguardd::config
