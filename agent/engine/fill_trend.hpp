// How fast a file system fills: a trend from a few samples that neither an odd one nor a disk that
// breathes (garbage collection, log rotation) bends. Pure.
#pragma once

#include "sshguardd/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sshguardd::engine {

class FillTrend {
public:
  // What users may still write, and what of it they could have in all. A sample that is no later
  // than the last one is passed over; another total (the disk has grown) begins anew.
  void add(BootTime time, std::uint64_t available, std::uint64_t total);

  // Bytes a second now, over the last samples; at most 0 where it does not fill.
  [[nodiscard]] double rate() const;
  // Until nothing is left at that rate. For how often to look: one large file is enough for it.
  [[nodiscard]] std::optional<std::chrono::seconds> full_soon() const;

  // Until nothing is left, for people: what has gone on for a while, up to four times as far ahead,
  // and into space that was not taken before.
  [[nodiscard]] std::optional<std::chrono::seconds> full_in() const;

private:
  struct Sample {
    BootTime time{};
    std::uint64_t available = 0;
  };
  std::vector<Sample> recent_; // the last ones
  std::vector<Sample> slow_;   // apart, over hours
  std::uint64_t total_ = 0;
  std::uint64_t least_ = 0; // available, ever, before `freed_`
  BootTime least_at_{};
  bool freed_ = false; // much was freed since, and not taken again yet
};

// When to look again: in good time before it is full, and before the next line is crossed.
// Nothing: with the look that comes anyway.
[[nodiscard]] std::optional<std::chrono::milliseconds>
next_look(const FillTrend& trend, std::uint64_t available, bool over_a_line,
          std::optional<std::uint64_t> to_next_line);

} // namespace sshguardd::engine
