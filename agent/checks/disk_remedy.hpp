// Which room the agent could make on a file system that is short.
#pragma once

#include "checks/disk_text.hpp"
#include "sshguardd/remedy.hpp"
#include "sshguardd/room_goal.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sshguardd::checks {

// Less than this helps nobody, unless it is enough.
inline constexpr std::uint64_t least_room = 4ULL << 20U;

[[nodiscard]] inline std::uint64_t sum_of(const std::vector<RoomOffer>& offers) {
  std::uint64_t sum = 0;
  for (const RoomOffer& one : offers)
    sum += one.bytes;
  return sum;
}

// What is allowed, where that helps; else what is not, for a person to allow. Nothing where neither
// does, or nobody has looked.
[[nodiscard]] inline std::optional<Remedy> room_remedy(const FileSystem& one) {
  if (!one.consumers || !one.space || one.read_only) return std::nullopt;
  const RoomGoal goal = room_goal(one.lines);
  const std::uint64_t worth =
      std::clamp<std::uint64_t>(still_missing(*one.space, goal, 0), 1, least_room);
  for (const bool allowed : {true, false}) {
    MakeRoom remedy{.mount = one.mount, .device = one.device, .steps = {}, .goal = goal};
    for (const RoomOffer& offer : one.consumers->offers) {
      if (offer.allowed == allowed) remedy.steps.push_back(offer);
    }
    if (!remedy.steps.empty() && sum_of(remedy.steps) >= worth) return remedy;
  }
  return std::nullopt;
}

inline void add_offers(Finding& finding, const FileSystem& one) {
  if (!one.consumers) return;
  // Where not all was looked at there may be more.
  if (one.consumers->offers.empty() && one.consumers->offers_known)
    finding.evidence.push_back({"may be deleted", "nothing that would help"});
  for (const RoomOffer& offer : one.consumers->offers)
    finding.evidence.push_back({offer.allowed ? "may be deleted" : "may not be deleted ([heal])",
                                size_text(offer.bytes) + " in " + offer.path + " (" +
                                    std::to_string(offer.files) +
                                    (offer.files == 1 ? " file)" : " files)")});
}

} // namespace sshguardd::checks
