#include "engine/console_queue.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sshguardd::engine {
namespace {

constexpr std::string_view line_end = "\r\n";

} // namespace

ConsoleQueue::ConsoleQueue(std::size_t bytes_per_minute)
    : rate_{static_cast<double>(std::max(bytes_per_minute, least_rate))}, tokens_{rate_} {}

void ConsoleQueue::set_rate(std::size_t bytes_per_minute) {
  rate_ = static_cast<double>(std::max(bytes_per_minute, least_rate));
  tokens_ = std::min(tokens_, rate_);
}

void ConsoleQueue::push(ConsoleEntry entry) {
  // A line of which nothing is out yet may still be the one that goes.
  if (sent_ == 0) take_back();
  for (ConsoleEntry& older : queue_)
    older.urgent = older.urgent && (entry.episode == 0 || older.episode != entry.episode);
  queue_.push_back(std::move(entry));
  make_room();
}

void ConsoleQueue::take_back() {
  tokens_ += static_cast<double>(piece_.size());
  piece_.clear();
  noted_ = 0;
}

// No more lines than a person reads, and no more bytes than a minute takes: what has just happened
// is not to wait longer than that for its turn.
void ConsoleQueue::make_room() {
  const auto bytes = [this] {
    std::size_t sum = 0;
    for (const ConsoleEntry& entry : queue_)
      sum += entry.text.size() + line_end.size();
    return static_cast<double>(sum);
  };
  const std::size_t first = !piece_.empty() && noted_ == 0 ? 1 : 0; // half written: stays
  while (queue_.size() > first + 1 && (queue_.size() > max_lines || bytes() > rate_)) {
    std::size_t victim = first;
    while (victim + 1 < queue_.size() && queue_[victim].urgent)
      ++victim;
    drop(victim + 1 < queue_.size() ? victim : first);
  }
}

void ConsoleQueue::drop(std::size_t index) {
  if (dropped_ < std::numeric_limits<std::uint32_t>::max()) ++dropped_;
  dropped_seq_ = std::max(dropped_seq_, queue_[index].seq);
  queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(index));
}

std::string ConsoleQueue::compose(Now now) const {
  const std::string start{own_line_ ? line_end : ""};
  if (dropped_ == 0) return start + queue_.front().text + std::string{line_end};
  return start + dropped_line(queue_.back(), dropped_, dropped_seq_, now.wall) +
         std::string{line_end};
}

std::string_view ConsoleQueue::next(Now now) {
  wait_until_.reset();
  const double passed =
      filled_at_ ? std::chrono::duration<double>(now.boot - *filled_at_).count() : 0.0;
  tokens_ = std::min(rate_, tokens_ + std::max(passed, 0.0) * rate_ / 60);
  filled_at_ = now.boot;
  // A note is followed by a line: where one is dropped, a newer one is kept.
  if (piece_.empty() && !queue_.empty()) {
    std::string piece = compose(now);
    const double missing = static_cast<double>(piece.size()) - tokens_;
    if (missing > 0) {
      const auto wait = std::chrono::duration<double>{std::ceil(missing * 60 / rate_)};
      wait_until_ = now.boot + std::chrono::duration_cast<BootClock::duration>(wait);
      return {};
    }
    tokens_ -= static_cast<double>(piece.size());
    piece_ = std::move(piece);
    noted_ = dropped_;
  }
  return std::string_view{piece_}.substr(sent_);
}

void ConsoleQueue::wrote(std::size_t bytes) {
  sent_ = std::min(sent_ + bytes, piece_.size());
  if (piece_.empty() || sent_ < piece_.size()) return;
  if (noted_ > 0)
    dropped_ -= noted_; // more may have gone while it was written
  else
    queue_.pop_front();
  piece_.clear();
  sent_ = 0;
  noted_ = 0;
  own_line_ = queue_.empty();
}

void ConsoleQueue::begin_anew() {
  own_line_ = true;
  if (piece_.empty()) return;
  // What is out was paid for and is lost; the rest is worth what it was. A line of debt is enough.
  tokens_ = std::max(tokens_ - static_cast<double>(sent_), -static_cast<double>(least_rate));
  sent_ = 0;
  if (piece_.starts_with(line_end)) return;
  piece_.insert(0, line_end);
  tokens_ -= static_cast<double>(line_end.size());
}

} // namespace sshguardd::engine
