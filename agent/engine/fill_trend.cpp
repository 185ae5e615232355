#include "engine/fill_trend.hpp"

#include <algorithm>
#include <cmath>

namespace sshguardd::engine {
namespace {

using std::chrono::duration;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t most_recent = 8;
constexpr auto recent_for = minutes{5}; // what is older says nothing of now
constexpr std::size_t most_slow = 37;
constexpr auto slow_apart = minutes{10}; // six hours in all
// A prediction: from so many samples, over so long, so far ahead of what was seen.
constexpr std::size_t slow_enough = 4;
constexpr double ahead = 4;
constexpr auto horizon = hours{24};
constexpr double used_enough = 0.6; // of the whole: before that nobody wants to know
// Freed and taken again: log rotation, images, caches.
constexpr double much_freed = 0.02; // of the whole
// A size that is another by more is another file system, or one that has grown. On ZFS, whose
// datasets share what is left, each write to another one moves it.
constexpr double much_resized = 0.02;
constexpr auto forgotten = hours{24 * 7};

// So many looks until it is full at the present rate, or until the next line is crossed.
constexpr int looks_to_full = 8;
constexpr int looks_to_line = 4;
constexpr auto anyway = seconds{60}; // the slow look
constexpr auto near = seconds{20};   // over a line: little is left for a sudden end
constexpr auto closest = milliseconds{500};

// Theil and Sen: the median of the slopes of all pairs, which up to a quarter of odd samples do not
// bend. `steady`: three quarters of the pairs agree that it fills.
struct Slope {
  double per_second = 0;
  bool steady = false;
};

template <class Sample> Slope slope(const std::vector<Sample>& samples) {
  std::vector<double> slopes;
  slopes.reserve(samples.size() * samples.size() / 2);
  for (std::size_t b = 1; b < samples.size(); ++b) {
    for (std::size_t a = 0; a < b; ++a) {
      const double time = duration<double>(samples[b].time - samples[a].time).count();
      const double taken =
          static_cast<double>(samples[a].available) - static_cast<double>(samples[b].available);
      if (time > 0) slopes.push_back(taken / time);
    }
  }
  if (slopes.empty()) return {};
  std::sort(slopes.begin(), slopes.end());
  return {.per_second = slopes[slopes.size() / 2], .steady = slopes[slopes.size() / 4] > 0};
}

seconds until_full(std::uint64_t available, double per_second) {
  constexpr double most = 1e9; // thirty years
  return seconds{
      static_cast<std::int64_t>(std::min(most, static_cast<double>(available) / per_second))};
}

} // namespace

void FillTrend::add(BootTime time, std::uint64_t available, std::uint64_t total) {
  const double moved = std::abs(static_cast<double>(total) - static_cast<double>(total_));
  if (moved > static_cast<double>(total_) * much_resized) *this = {};
  total_ = total;
  if (!recent_.empty() && time <= recent_.back().time) return;

  // Taken again is what was freed; only what goes clearly beyond it is new.
  const auto much = static_cast<std::uint64_t>(static_cast<double>(total) * much_freed);
  const bool fresh = least_at_ == BootTime{} || time - least_at_ > forgotten;
  if (fresh || (freed_ ? available + much < least_ : available <= least_)) {
    least_ = available;
    least_at_ = time;
    freed_ = false;
  } else if (available > least_ && available - least_ > much) {
    freed_ = true;
  }

  recent_.push_back({time, available});
  std::erase_if(recent_, [&](const Sample& one) { return time - one.time > recent_for; });
  if (recent_.size() > most_recent) recent_.erase(recent_.begin());
  if (slow_.empty() || time - slow_.back().time >= slow_apart) slow_.push_back({time, available});
  if (slow_.size() > most_slow) slow_.erase(slow_.begin());
}

// The newest counts most: of what was freed a moment ago the samples before say nothing, and what
// has begun just now is seen by the last two.
double FillTrend::rate() const {
  if (recent_.size() < 2) return 0;
  const Sample& before = recent_[recent_.size() - 2];
  const Sample& last = recent_.back();
  const double time = duration<double>(last.time - before.time).count();
  const double now =
      (static_cast<double>(before.available) - static_cast<double>(last.available)) / time;
  return std::max(now, slope(recent_).per_second);
}

std::optional<seconds> FillTrend::full_soon() const {
  const double per_second = rate();
  if (recent_.empty() || per_second <= 0) return std::nullopt;
  return until_full(recent_.back().available, per_second);
}

std::optional<seconds> FillTrend::full_in() const {
  if (slow_.size() < slow_enough || recent_.empty() || freed_) return std::nullopt;
  const std::uint64_t available = recent_.back().available;
  if (static_cast<double>(available) > static_cast<double>(total_) * (1 - used_enough))
    return std::nullopt;
  const Slope taken = slope(slow_);
  if (!taken.steady || taken.per_second <= 0) return std::nullopt;
  const seconds left = until_full(available, taken.per_second);
  const duration<double> seen = recent_.back().time - slow_.front().time;
  if (left > horizon || left > seen * ahead) return std::nullopt;
  return left;
}

std::optional<milliseconds> next_look(const FillTrend& trend, std::uint64_t available,
                                      bool over_a_line, std::optional<std::uint64_t> to_next_line) {
  milliseconds wait = over_a_line ? milliseconds{near} : milliseconds{anyway};
  const double per_second = trend.rate();
  if (per_second > 0) {
    const auto within = [&](std::uint64_t bytes, int looks) {
      const double time = static_cast<double>(bytes) / per_second / looks * 1000;
      wait = std::min(wait, milliseconds{static_cast<std::int64_t>(std::min(time, 1e6))});
    };
    within(available, looks_to_full);
    if (to_next_line) within(*to_next_line, looks_to_line);
  }
  if (wait >= anyway) return std::nullopt;
  return std::max(wait, closest);
}

} // namespace sshguardd::engine
