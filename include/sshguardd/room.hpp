// Room that the agent can make on a file system that is short: of what it may delete, and how far.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sshguardd {

// In this order; nothing else is ever deleted.
enum class RoomKind { packages, journal, rotated_logs, core_dumps };

[[nodiscard]] constexpr std::string_view to_string(RoomKind kind) {
  constexpr std::string_view names[] = {"packages", "journal", "rotated-logs", "core-dumps"};
  return names[static_cast<int>(kind)];
}

[[nodiscard]] constexpr std::optional<RoomKind> room_kind(std::string_view word) {
  for (const RoomKind kind :
       {RoomKind::packages, RoomKind::journal, RoomKind::rotated_logs, RoomKind::core_dumps}) {
    if (to_string(kind) == word) return kind;
  }
  return std::nullopt;
}

// One place, and what of it may go.
struct RoomOffer {
  RoomKind kind = RoomKind::packages;
  std::string path; // "/var/cache/apt/archives"
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
  bool allowed = true; // by the configuration

  bool operator==(const RoomOffer&) const = default;
};

// How far: as soon as one of these is so.
struct RoomGoal {
  std::uint64_t percent = 0;   // no more than so much is used, as df(1) counts
  std::uint64_t available = 0; // so many bytes are left for users; 0: that does not count
  std::uint64_t freed = 0;     // so many bytes were freed, whatever is left; 0: likewise

  bool operator==(const RoomGoal&) const = default;
};

} // namespace sshguardd
