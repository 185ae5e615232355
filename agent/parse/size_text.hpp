// Sizes for people.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sshguardd::parse {

// "97 MiB", "3.2 GiB": whole below ten of a unit's next one.
[[nodiscard]] inline std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> units{" KiB", " MiB", " GiB", " TiB", " PiB"};
  if (bytes < 1024) return std::to_string(bytes) + " bytes";
  std::size_t unit = 0;
  // Not times ten first: what is hostile may be near the end of all numbers.
  std::uint64_t tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024;
  for (; tenths >= 10240 && unit + 1 < units.size(); ++unit)
    tenths /= 1024;
  const std::string whole = std::to_string(tenths / 10);
  const bool fraction = tenths < 100 && tenths % 10 != 0;
  return whole + (fraction ? "." + std::to_string(tenths % 10) : "") + std::string{units[unit]};
}

} // namespace sshguardd::parse
