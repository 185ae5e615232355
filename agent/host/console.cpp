#include "host/console.hpp"

#include "host/clock.hpp"
#include "host/files.hpp"
#include "parse/kernel_cmdline.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

// Between tries at a terminal that is gone or stuck, while there is something to say.
constexpr auto first_pause = std::chrono::seconds{1};
constexpr auto last_pause = std::chrono::seconds{60};
constexpr auto budget_slack = std::chrono::seconds{1};

} // namespace

std::string find_console() {
  const auto text = read_cmdline();
  if (!text) return "/dev/console";
  std::string device = parse::console_device(parse::kernel_cmdline(*text));
  return access(device.c_str(), W_OK) == 0 ? device : "/dev/console";
}

Console::Console(Loop& loop, std::string device, std::size_t rate)
    : loop_{loop}, device_{std::move(device)}, queue_{rate} {
  if (!device_.empty()) open_device();
}

bool Console::open_device() {
  // O_NONBLOCK: a serial line without carrier would hold open() until a modem calls.
  fd_ = Fd{open(device_.c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
  if (fd_ && isatty(fd_.get()) == 0) {
    problem_ = "console " + device_ + ": not a terminal";
    fd_.reset();
    return false;
  }
  problem_ = fd_ ? "" : "console " + device_ + ": " + std::generic_category().message(errno);
  return static_cast<bool>(fd_);
}

void Console::print(engine::ConsoleEntry entry) {
  if (device_.empty()) return;
  queue_.push(std::move(entry));
  // While something is waited for, that will go on.
  if (!writable_ && !later_) flush();
}

void Console::flush() {
  later_.reset();
  write_some();
}

void Console::write_some() {
  bool reopened = false;
  for (;;) {
    const std::string_view bytes = queue_.next(now());
    if (bytes.empty()) {
      writable_.reset();
      if (const auto time = queue_.wait_until())
        later_ = loop_.at(
            *time, [this] { flush(); }, budget_slack);
      return;
    }
    if (!fd_ && !open_device()) return try_later();
    const ssize_t wrote = write(fd_.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote == 0 || (wrote < 0 && errno == EAGAIN)) return wait_writable();
    if (wrote < 0) {
      // EIO after a hang-up (getty does one at each login): the device wants to be opened again.
      writable_.reset();
      fd_.reset();
      queue_.begin_anew();
      if (std::exchange(reopened, true)) return try_later();
      continue;
    }
    pause_ = first_pause;
    queue_.wrote(static_cast<std::size_t>(wrote));
  }
}

// By edge: a terminal calls itself writable while it has room for one byte, and a line end takes
// two; waiting by level would spin. Should an edge be lost, a timer goes on.
void Console::wait_writable() {
  if (!writable_) {
    writable_ = loop_.io(fd_.get(), EPOLLOUT | EPOLLET, [this](auto) { flush(); });
    if (writable_) return;
  }
  try_later();
}

void Console::try_later() {
  later_ = loop_.at(
      now().boot + pause_, [this] { flush(); }, pause_ / 2);
  pause_ = std::min(2 * pause_, last_pause);
}

} // namespace sshguardd::host
