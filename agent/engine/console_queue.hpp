// What waits for the console: a short queue and a budget in bytes a minute. Pure: time comes in,
// bytes go out, who writes them tells how far he came.
#pragma once

#include "engine/report.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::engine {

// A console terminal may be stopped for hours. Who lets it go on then is to read the present state,
// not the past: the queue keeps the newest lines, and of those that have to go, the ones that tell
// of what locks people out now go last. How many went is told by a line of its own.
class ConsoleQueue {
public:
  static constexpr std::size_t max_lines = 16;
  static constexpr std::size_t least_rate = 512; // a line and a note on dropped ones have to fit

  explicit ConsoleQueue(std::size_t bytes_per_minute);
  void set_rate(std::size_t bytes_per_minute);

  void push(ConsoleEntry entry);

  // What to write now; empty where there is nothing, or where the budget is spent: see
  // wait_until(). The whole of a line has been paid for before its first byte is handed out.
  [[nodiscard]] std::string_view next(Now now);
  void wrote(std::size_t bytes); // of what next() gave

  // The terminal was hung up: what was half written begins anew, on a line of its own.
  void begin_anew();

  // When the budget allows the next line, after next() gave nothing; nullopt: nothing waits.
  [[nodiscard]] std::optional<BootTime> wait_until() const { return wait_until_; }
  [[nodiscard]] std::size_t size() const { return queue_.size(); }
  [[nodiscard]] bool idle() const { return queue_.empty() && dropped_ == 0; }

private:
  void take_back();
  void make_room();
  void drop(std::size_t index);
  [[nodiscard]] std::string compose(Now now) const;

  std::deque<ConsoleEntry> queue_;
  std::string piece_;         // being written: a note on dropped lines, or the front of the queue
  std::size_t sent_ = 0;      // of it
  std::uint32_t noted_ = 0;   // the piece is a note, on so many; 0: it is the front
  bool own_line_ = true;      // the next piece has to begin a line: a prompt may stand there
  std::uint32_t dropped_ = 0; // not told yet
  std::uint32_t dropped_seq_ = 0; // the newest of them

  double rate_;
  double tokens_;
  std::optional<BootTime> filled_at_;
  std::optional<BootTime> wait_until_;
};

} // namespace sshguardd::engine
