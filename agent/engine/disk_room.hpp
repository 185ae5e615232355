// What is remembered of one file system between looks: its trend, and which lines it is over. Pure.
#pragma once

#include "engine/fill_trend.hpp"
#include "engine/ledger.hpp"
#include "sshguardd/disks.hpp"
#include "sshguardd/time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd::engine {

// What an earlier run of the agent has told of a file system.
struct ToldBefore {
  std::string id;        // of a finding
  bool critical = false; // so was the trouble that it is part of
};
// Of all open troubles about file systems, by mount point: one may have several, each of its own.
[[nodiscard]] std::map<std::string, std::vector<ToldBefore>>
told_before(const std::vector<Episode>& episodes);

// Over a line until it has been well below: a disk that breathes about a line is one trouble.
class DiskRoom {
public:
  // Takes the space of `one` into account and fills in what follows from it: over which lines it
  // is, and when it will be full.
  void look(FileSystem& one, BootTime now);

  // Before the first look: an earlier run of the agent has told these, so that only what is well
  // below its line has ended.
  void resume(std::vector<ToldBefore> told) { resumed_ = std::move(told); }

  // When to look again, from now on; nothing: with the look that comes anyway.
  [[nodiscard]] std::optional<std::chrono::milliseconds> next() const { return next_; }

private:
  struct Line {
    bool over = false;
    std::optional<BootTime> below; // since when it is below, though not well below
  };
  enum class Where { above, below, well_below };
  static void follow(Line& line, Where where, BootTime now);
  void take_up(const FileSystem& one, BootTime now);
  void look_at_space(FileSystem& one, const Space& space, BootTime now);
  void look_at_inodes(FileSystem& one, const Space& space, BootTime now);

  std::vector<ToldBefore> resumed_;
  FillTrend bytes_;
  FillTrend inodes_;
  Line filling_;
  Line full_;
  Line soon_; // by the trend
  Line inodes_filling_;
  Line inodes_full_;
  std::uint64_t worst_ = 0; // percent
  std::uint64_t worst_inodes_ = 0;
  bool was_writable_ = false;
  std::optional<bool> read_only_at_first_; // and nobody said otherwise
  std::optional<std::chrono::milliseconds> next_;
};

} // namespace sshguardd::engine
