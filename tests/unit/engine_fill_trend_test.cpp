// Recorded and hostile series: what is foretold, and how often is looked.
#include "engine/fill_trend.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace sshguardd::engine {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration;

constexpr std::uint64_t gib = 1ULL << 30;
constexpr std::uint64_t mib = 1ULL << 20;
constexpr BootTime start{1h};

// available(seconds since the start), looked at each `every` for `lasts`.
FillTrend series(const std::function<double(double)>& available, BootClock::duration every,
                 BootClock::duration lasts, std::uint64_t total = 20 * gib) {
  FillTrend trend;
  for (BootClock::duration at{}; at <= lasts; at += every) {
    const double left = available(duration<double>(at).count());
    trend.add(start + at, static_cast<std::uint64_t>(std::max(0.0, left)), total);
  }
  return trend;
}

TEST(FillTrend, foretells_what_goes_on_for_hours) {
  // 500 MiB an hour, 4 GiB left at the end.
  const auto trend = series([](double t) { return 7.0 * gib - t * 500 * mib / 3600; }, 1min, 6h);
  ASSERT_TRUE(trend.full_in().has_value());
  EXPECT_NEAR(duration<double>(*trend.full_in()).count() / 3600, 8.3, 0.5);
}

TEST(FillTrend, foretells_no_more_than_four_times_what_was_seen) {
  const auto left_after = [](BootClock::duration seen) {
    return series([](double t) { return 5.0 * gib - t * 500 * mib / 3600; }, 1min, seen).full_in();
  };
  EXPECT_FALSE(left_after(5min)) << "five minutes say nothing";
  EXPECT_FALSE(left_after(1h)) << "nine hours are too far ahead";
  EXPECT_TRUE(left_after(3h));
}

TEST(FillTrend, is_silent_about) {
  struct Row {
    const char* what;
    std::function<double(double)> available;
  } const rows[] = {
      {"a full and constant data disk", [](double) { return 0.5 * gib; }},
      {"a trickle that takes weeks", [](double t) { return 5.0 * gib - t * 1000; }},
      {"a disk with much room", [](double t) { return 15.0 * gib - t * 200 * mib / 3600; }},
      {"one that breathes", [](double t) { return 3.0 * gib + 1.0 * gib * std::sin(t / 600); }},
      {"one that breathes slowly",
       [](double t) { return 3.0 * gib + 1.0 * gib * std::sin(t / 3000); }},
      {"one large file at the end", [](double t) { return t < 21'000 ? 6.0 * gib : 3.0 * gib; }},
      {"one that is emptied", [](double t) { return 1.0 * gib + t * mib / 10; }},
      {"log rotation: freed each two hours and taken again",
       [](double t) { return 6.0 * gib - std::fmod(t, 7200) * 500 * mib / 3600; }},
  };
  for (const Row& row : rows)
    EXPECT_FALSE(series(row.available, 1min, 6h).full_in().has_value()) << row.what;
}

// A day of logs that are rotated at night: as steady as anything, and no news.
TEST(FillTrend, waits_until_what_was_freed_is_taken_again) {
  const auto daily = [](double t) { return 7.0 * gib - std::fmod(t, 86'400) / 86'400 * 5 * gib; };
  FillTrend trend;
  int told_first_day = 0;
  int told_later = 0;
  for (int minute = 0; minute < 5 * 24 * 60; ++minute) {
    trend.add(start + std::chrono::minutes{minute},
              static_cast<std::uint64_t>(daily(minute * 60.0)), 20 * gib);
    if (trend.full_in()) ++(minute < 24 * 60 ? told_first_day : told_later);
  }
  EXPECT_GT(told_first_day, 0) << "nobody could know";
  EXPECT_EQ(told_later, 0);
}

// ZFS: what a dataset could have is what is left of the pool, which others take from as well.
TEST(FillTrend, goes_on_while_the_size_moves_a_little) {
  FillTrend trend;
  for (int minute = 0; minute < 6 * 60; ++minute) {
    const auto taken = static_cast<std::uint64_t>(minute) * (500 * mib / 60);
    trend.add(start + std::chrono::minutes{minute}, 7 * gib - taken,
              20 * gib - taken + static_cast<std::uint64_t>(minute % 3) * mib);
  }
  ASSERT_TRUE(trend.full_in());
  EXPECT_NEAR(duration<double>(*trend.full_in()).count() / 3600, 8.3, 0.5);
  trend.add(start + 7h, 6 * gib, 20 * gib);
  EXPECT_EQ(trend.rate(), 0) << "it has grown";
}

TEST(FillTrend, is_not_bent_by_odd_samples) {
  int at = 0;
  const auto trend = series(
      [&at](double t) {
        const double steady = 7.0 * gib - t * 500 * mib / 3600;
        return ++at % 70 == 0 ? steady + 0.3 * gib : steady; // a temporary file less
      },
      1min, 6h);
  ASSERT_TRUE(trend.full_in().has_value());
  EXPECT_NEAR(duration<double>(*trend.full_in()).count() / 3600, 8.3, 1);
}

TEST(FillTrend, survives_clocks_and_disks_that_jump) {
  FillTrend trend;
  trend.add(start + 10s, 5 * gib, 20 * gib);
  trend.add(start, 1 * gib, 20 * gib); // backwards: no sample
  trend.add(start + 10s, 0, 20 * gib); // the same moment: none
  EXPECT_EQ(trend.rate(), 0);
  trend.add(start + 20s, 4 * gib, 20 * gib);
  EXPECT_GT(trend.rate(), 0);
  trend.add(start + 30s, 24 * gib, 40 * gib); // it has grown
  EXPECT_EQ(trend.rate(), 0);
  EXPECT_FALSE(trend.full_soon());
  trend.add(start + 24h * 30, 0, 40 * gib); // a machine that slept for a month
  EXPECT_FALSE(trend.full_in());
  trend.add(start + 24h * 30 + 1s, 0, 0);
  EXPECT_FALSE(trend.full_in());
}

// 50 MB a second: looks come close, the line for a warning long before the critical one.
TEST(NextLook, comes_several_times_before_it_is_full) {
  constexpr double rate = 50e6;
  const std::uint64_t total = 6 * gib;
  const auto left = [&](double t) {
    return static_cast<std::uint64_t>(std::max(0.0, 6.0 * gib - t * rate));
  };
  FillTrend trend;
  double t = 0;
  int between = 0; // looks between 85 and 95 percent
  int looks = 0;
  while (left(t) > 0 && looks < 1000) {
    ++looks;
    const std::uint64_t available = left(t);
    trend.add(start + std::chrono::milliseconds{static_cast<std::int64_t>(t * 1000)}, available,
              total);
    const double used = 1 - static_cast<double>(available) / static_cast<double>(total);
    if (used >= 0.85 && used < 0.95) ++between;
    const double line = used < 0.85 ? 0.85 : 0.95;
    const auto to_line = static_cast<std::uint64_t>(std::max(0.0, (line - used)) * total);
    const auto next =
        next_look(trend, available, used >= 0.85,
                  to_line > 0 ? std::optional{to_line} : std::optional<std::uint64_t>{});
    t += next ? duration<double>(*next).count() : 60;
  }
  EXPECT_GE(between, 3);
  EXPECT_LT(looks, 100);
}

TEST(NextLook, comes_with_the_others_while_there_is_room) {
  const auto next = [](double rate, double left, bool over) {
    const auto trend = series([&](double t) { return left - rate * t; }, 1min, 10min);
    return next_look(trend, static_cast<std::uint64_t>(left - rate * 600), over, std::nullopt);
  };
  EXPECT_FALSE(next(0, 10.0 * gib, false)) << "nothing happens";
  EXPECT_FALSE(next(100e3, 10.0 * gib, false)) << "100 kB a second, and a day left";
  EXPECT_TRUE(next(5e6, 5.0 * gib, false)) << "it is full in minutes";
  EXPECT_TRUE(next(0, 1.0 * gib, true)) << "over a line";
  EXPECT_GE(*next(0, 1.0 * gib, true), 15s);
  EXPECT_GE(*next(50e6, 1.0 * gib, true), 500ms);
}

} // namespace
} // namespace sshguardd::engine
