// Two clocks, read in agent/host only and passed in everywhere else.
#pragma once

#include <chrono>
#include <cstdint>

namespace sshguardd {

// CLOCK_BOOTTIME: counts through suspend, never jumps. For budgets, deadlines and durations.
struct BootClock {
  using rep = std::int64_t;
  using period = std::micro;
  using duration = std::chrono::microseconds;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;

// CLOCK_REALTIME: for people. Compared only with dates that people wrote.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

struct Now {
  BootTime boot{};
  WallTime wall{};

  bool operator==(const Now&) const = default;
};

} // namespace sshguardd
