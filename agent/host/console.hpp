// The serial console: a terminal that may be slow, stopped, hung up or gone, behind a short queue.
#pragma once

#include "engine/console_queue.hpp"
#include "host/fd.hpp"
#include "host/loop.hpp"

#include <string>

namespace sshguardd::host {

// The device for reports: from the kernel command line (in a container: the argument list of PID
// 1), else /dev/console. /sys/class/tty/console/active is not asked: it can hang under a printk
// storm.
[[nodiscard]] std::string find_console();

class Console {
public:
  // device: a path, or empty for none. rate: bytes a minute at most.
  Console(Loop& loop, std::string device, std::size_t rate);

  // Queues one line; never blocks. What the terminal does not take in time is dropped, see
  // engine/console_queue.hpp.
  void print(engine::ConsoleEntry entry);

  // From now on there and so much; what waits goes there too. The same device is not opened again.
  void use(std::string device, std::size_t rate);

  // Why the device cannot be used; empty where it can.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const std::string& device() const { return device_; }

private:
  bool open_device();
  void close_device();
  void failed(int error);
  void flush();
  void write_some();
  void wait_writable();
  void try_later(std::chrono::seconds most);

  Loop& loop_;
  std::string device_;
  std::string problem_;
  Fd fd_;
  engine::ConsoleQueue queue_;
  Source writable_;
  Source later_; // the budget, or another try at a device that is stuck or gone
  std::chrono::seconds pause_{1};
};

} // namespace sshguardd::host
