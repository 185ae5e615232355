// The keys of sshguardd.conf: their names and ranges, how each is read and how it is written.
#pragma once

#include "sshguardd/config.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sshguardd::config {

struct Key {
  std::string_view section;
  std::string_view name;
  // Takes a value over into the configuration. Else it says what is wrong ("is not valid"), and
  // nothing is taken.
  std::string_view (*take)(const Key& key, std::string_view value, Config& config);
  std::string (*show)(const Config& config); // as it would be written in the file
  std::string_view allowed;                  // all of it, or the unit of a number
  std::int64_t least = 0;                    // numbers only
  std::int64_t most = 0;
  // The part of a value that take() minds; nullptr: all of it.
  std::string_view (*culprit)(std::string_view value) = nullptr;
};

[[nodiscard]] std::span<const Key> keys();

// The sections, in their order; [accept] has ids of findings as its keys, [disk] mount points, too.
[[nodiscard]] std::span<const std::string_view> sections();
inline constexpr std::string_view accept_section = "accept";
inline constexpr std::string_view disk_section = "disk";

// "auto, none, ...", "512 to 1048576 bytes a minute"
[[nodiscard]] std::string allowed(const Key& key);

// "90", "90s", "15m", "2h", "1d": the seconds; the most that there is where they would be more.
[[nodiscard]] std::optional<std::int64_t> parse_seconds(std::string_view text);

} // namespace sshguardd::config
