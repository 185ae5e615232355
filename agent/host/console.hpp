// The serial console: a bounded queue in front of a terminal that may be slow, stopped or hung up.
#pragma once

#include "host/fd.hpp"
#include "host/loop.hpp"

#include <deque>
#include <string>

namespace sshguardd::host {

// The device for reports: from the kernel command line (in a container: the argument list of PID
// 1), else /dev/console. /sys/class/tty/console/active is not asked: it can hang under a printk
// storm.
[[nodiscard]] std::string find_console();

class Console {
public:
  // device: a path, or empty for none.
  Console(Loop& loop, std::string device);

  // Queues one line; never blocks. What does not fit is dropped, and counted in the next line that
  // does.
  void print(const std::string& line);

  // Why the device cannot be used; empty where it can.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const std::string& device() const { return device_; }

private:
  bool open_device();
  void flush();

  static constexpr std::size_t max_lines = 64;

  Loop& loop_;
  std::string device_;
  std::string problem_;
  Fd fd_;
  Source writable_;
  std::deque<std::string> queue_;
  std::size_t sent_ = 0; // bytes of queue_.front() that are out
  std::size_t dropped_ = 0;
};

} // namespace sshguardd::host
