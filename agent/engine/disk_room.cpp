#include "engine/disk_room.hpp"

#include <algorithm>
#include <cstdint>

namespace sshguardd::engine {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// kubelet deletes images from 85 % down to 80 %, and a little further.
constexpr std::uint64_t warning_well_below = 10; // points
constexpr std::uint64_t critical_well_below = 2;
constexpr auto long_enough = hours{24}; // a little below the line for so long is below, too
constexpr auto trend_gone = hours{2};
// Inodes have no unit that people think in: these and the percentages of the lines.
constexpr std::uint64_t few_inodes = 200'000;
constexpr std::uint64_t hardly_any_inodes = 20'000;
constexpr auto while_full = seconds{5};

std::uint64_t less(std::uint64_t percent, std::uint64_t points) {
  return percent > points ? percent - points : 0;
}

// So much is left at that percentage; 0 where it is over it.
std::uint64_t until_percent(std::uint64_t used, std::uint64_t left, std::uint64_t percent) {
  const double all = static_cast<double>(used) + static_cast<double>(left);
  const double at_line = all * static_cast<double>(percent) / 100;
  const double more = at_line - static_cast<double>(used);
  return more > 0 ? static_cast<std::uint64_t>(more) : 0;
}

} // namespace

std::map<std::string, std::vector<ToldBefore>> told_before(const std::vector<Episode>& episodes) {
  std::map<std::string, std::vector<ToldBefore>> told;
  for (const Episode& episode : episodes) {
    if (!episode.id.starts_with("disk.")) continue;
    for (const std::string& id : episode.ids)
      told[episode.subject].push_back({id, episode.severity == Severity::critical});
  }
  return told;
}

void DiskRoom::follow(Line& line, Where where, BootTime now) {
  if (where == Where::above) {
    line = {.over = true, .below = {}};
  } else if (where == Where::well_below) {
    line = {};
  } else if (line.over) {
    if (!line.below) line.below = now;
    if (now - *line.below >= long_enough) line = {};
  }
}

void DiskRoom::look_at_space(FileSystem& one, const Space& space, BootTime now) {
  const DiskLines& lines = one.lines;
  const std::uint64_t percent = space.used_percent();
  const auto where = [&](std::uint64_t line, std::uint64_t bytes, std::uint64_t well_below) {
    if (percent >= line && space.available <= bytes) return Where::above;
    const bool well = percent <= less(line, well_below) || space.available / 5 > bytes / 4;
    return well ? Where::well_below : Where::below;
  };
  follow(filling_, where(lines.warning, lines.warning_bytes, warning_well_below), now);
  follow(full_, where(lines.critical, lines.critical_bytes, critical_well_below), now);

  bytes_.add(now, space.available, space.total);
  one.full_in = bytes_.full_in();
  if (one.full_in) {
    soon_ = {.over = true, .below = now};
  } else if (soon_.over && now - *soon_.below > trend_gone) {
    soon_ = {};
  }
  const bool over = filling_.over || full_.over;
  worst_ = std::max(worst_, percent);

  std::optional<std::uint64_t> to_line;
  const std::uint64_t used = space.total - space.free;
  const auto consider = [&](std::uint64_t percent_line, std::uint64_t bytes) {
    const std::uint64_t to_percent = until_percent(used, space.available, percent_line);
    const std::uint64_t to_bytes = space.available > bytes ? space.available - bytes : 0;
    const std::uint64_t more = std::max(to_percent, to_bytes);
    if (more > 0 && (!to_line || more < *to_line)) to_line = more;
  };
  consider(lines.warning, lines.warning_bytes);
  consider(lines.critical, lines.critical_bytes);
  next_ = next_look(bytes_, space.available, over || soon_.over, to_line);
}

void DiskRoom::look_at_inodes(FileSystem& one, const Space& space, BootTime now) {
  if (space.inodes == 0) return;
  const std::uint64_t percent = space.inodes_percent();
  const auto where = [&](std::uint64_t line, std::uint64_t count, std::uint64_t well_below) {
    if (percent >= line && space.inodes_free <= count) return Where::above;
    const bool well = percent <= less(line, well_below) || space.inodes_free / 5 > count / 4;
    return well ? Where::well_below : Where::below;
  };
  follow(inodes_filling_, where(one.lines.warning, few_inodes, warning_well_below), now);
  follow(inodes_full_, where(one.lines.critical, hardly_any_inodes, critical_well_below), now);
  const bool over = inodes_filling_.over || inodes_full_.over;
  worst_inodes_ = std::max(worst_inodes_, percent);
  inodes_.add(now, space.inodes_free, space.inodes);
  const std::uint64_t used = space.inodes - space.inodes_free;
  const std::uint64_t to_line =
      until_percent(used, space.inodes_free, over ? one.lines.critical : one.lines.warning);
  const auto next =
      next_look(inodes_, space.inodes_free, over,
                to_line > 0 ? std::optional{to_line} : std::optional<std::uint64_t>{});
  if (next) next_ = next_ ? std::min(*next_, *next) : next;
}

void DiskRoom::take_up(const FileSystem& one, BootTime now) {
  const auto told = [this](const char* id) {
    return std::ranges::find(resumed_, id, &ToldBefore::id) != resumed_.end();
  };
  // One id for both lines; of what is not vital nothing but the second is told.
  const bool out_of_inodes = std::ranges::any_of(resumed_, [&one](const ToldBefore& before) {
    return before.id == "disk.inodes" && (before.critical || !one.vital);
  });
  const Line over{.over = true, .below = now};
  if (told("disk.readonly") && one.read_only) was_writable_ = true;
  if (told("disk.filling") || told("disk.full")) filling_ = over;
  if (told("disk.full")) full_ = over;
  if (told("disk.inodes")) inodes_filling_ = over;
  if (out_of_inodes) inodes_full_ = over;
  resumed_.clear();
}

void DiskRoom::look(FileSystem& one, BootTime now) {
  if (!resumed_.empty()) take_up(one, now);
  // What starts read-only without fstab(5) being against it is meant so, also when somebody makes
  // it writable for a while.
  if (!read_only_at_first_)
    read_only_at_first_ = one.read_only && !one.was_writable && !was_writable_;
  if (*read_only_at_first_) one.read_only_by_design = true;
  was_writable_ = was_writable_ || (!one.read_only && !one.read_only_by_design) || one.was_writable;
  one.was_writable = was_writable_;
  next_.reset();
  if (one.read_only && one.read_only_by_design) {
    // Nobody writes there: an image is as full as it was made, mostly 100 %.
    filling_ = full_ = soon_ = inodes_filling_ = inodes_full_ = {};
  } else if (one.space && one.space->total > 0) {
    look_at_space(one, *one.space, now);
    look_at_inodes(one, *one.space, now);
  }
  // Could not look is no change.
  one.filling = filling_.over || full_.over;
  one.full = full_.over;
  one.soon = soon_.over;
  one.inodes_filling = inodes_filling_.over || inodes_full_.over;
  one.inodes_full = inodes_full_.over;
  if (!one.filling) worst_ = 0;
  if (!one.inodes_filling) worst_inodes_ = 0;
  one.worst_percent = worst_;
  one.worst_inodes_percent = worst_inodes_;
  // It is told, and whoever goes on writing gets errors: no hurry.
  if (next_ && (one.full || one.inodes_full)) next_ = std::max<milliseconds>(*next_, while_full);
}

} // namespace sshguardd::engine
