// How much is to be freed on a file system that is full.
#pragma once

#include "sshguardd/disks.hpp"
#include "sshguardd/room.hpp"

#include <algorithm>
#include <cstdint>

namespace sshguardd {

// Beyond where disk.full ends (engine/disk_room: two points, or a quarter more than its bytes), so
// that the next log line does not bring it back.
[[nodiscard]] constexpr RoomGoal room_goal(const DiskLines& lines) {
  constexpr std::uint64_t points = 4;
  return {.percent = lines.critical > points ? lines.critical - points : 0,
          .available = lines.critical_bytes + lines.critical_bytes / 2,
          .freed = 0};
}

// So many bytes are still to be freed, at least: where nothing is left for users, what only root
// may use has to be refilled first, and nobody tells how much that is.
[[nodiscard]] constexpr std::uint64_t still_missing(const Space& space, const RoomGoal& goal,
                                                    std::uint64_t freed) {
  const auto less = [](std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; };
  if (goal.freed != 0) return less(goal.freed, freed);
  const std::uint64_t used = less(space.total, space.free);
  const std::uint64_t all = used + space.available;
  const std::uint64_t may_be_used = all / 100 * goal.percent + all % 100 * goal.percent / 100;
  const std::uint64_t to_percent = less(used, may_be_used);
  if (goal.available == 0) return to_percent;
  return std::min(to_percent, less(goal.available, space.available));
}

} // namespace sshguardd
