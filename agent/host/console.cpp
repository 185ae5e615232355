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
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

// Between tries, while there is something to say.
constexpr auto first_pause = std::chrono::seconds{1};
constexpr auto last_pause_stuck = std::chrono::seconds{10};
constexpr auto last_pause_gone = std::chrono::seconds{60};
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

void Console::use(std::string device, std::size_t rate) {
  queue_.set_rate(rate);
  if (device != device_) {
    close_device();
    device_ = std::move(device);
    problem_.clear();
    pause_ = first_pause;
    if (device_.empty())
      queue_ = engine::ConsoleQueue{rate};
    else
      open_device();
  }
  if (!device_.empty()) flush();
}

bool Console::open_device() {
  // O_NONBLOCK: a serial line without carrier would hold open() until a modem calls.
  fd_ = Fd{open(device_.c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
  if (!fd_) {
    failed(errno);
    return false;
  }
  // A virtio port is no terminal, but a device of characters too.
  struct stat st {};
  if (fstat(fd_.get(), &st) == 0 && S_ISCHR(st.st_mode)) {
    problem_.clear();
    return true;
  }
  problem_ = "console " + device_ + ": not a terminal";
  fd_.reset();
  return false;
}

void Console::close_device() {
  writable_.reset();
  queue_.begin_anew();
  // The last to close a serial port waits up to half a minute for what it has not sent, which is
  // thrown away instead: nobody reads there, and the journal has it.
  int unsent = 0;
  if (fd_ && ioctl(fd_.get(), TIOCOUTQ, &unsent) == 0 && unsent > 0)
    (void)tcflush(fd_.get(), TCOFLUSH);
  fd_.reset();
}

void Console::failed(int error) {
  problem_ = "console " + device_ + ": " + std::generic_category().message(error);
}

void Console::print(engine::ConsoleEntry entry) {
  if (device_.empty()) return;
  queue_.push(std::move(entry));
  flush();
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
    if (!fd_ && !open_device()) return try_later(last_pause_gone);
    const ssize_t wrote = write(fd_.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote == 0 || (wrote < 0 && errno == EAGAIN)) return wait_writable();
    if (wrote < 0) {
      // EIO after a hang-up (getty does one at each login): the device wants to be opened again. A
      // port that is named and not there says the same, always.
      const int error = errno;
      close_device();
      if (!std::exchange(reopened, true)) continue;
      failed(error);
      return try_later(last_pause_gone);
    }
    pause_ = first_pause;
    queue_.wrote(static_cast<std::size_t>(wrote));
  }
}

// By edge: a terminal calls itself writable while it has room for one byte, and a line end takes
// two; waiting by level would spin. An edge may be lost (a pty wakes its writer before it has made
// room), so that a timer looks as well.
void Console::wait_writable() {
  if (!writable_) writable_ = loop_.io(fd_.get(), EPOLLOUT | EPOLLET, [this](auto) { flush(); });
  try_later(last_pause_stuck);
}

void Console::try_later(std::chrono::seconds most) {
  pause_ = std::min(pause_, most);
  later_ = loop_.at(
      now().boot + pause_, [this] { flush(); }, pause_ / 2);
  pause_ = std::min(2 * pause_, last_pause_gone);
}

} // namespace sshguardd::host
