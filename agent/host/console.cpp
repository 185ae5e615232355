#include "host/console.hpp"

#include "host/files.hpp"
#include "parse/kernel_cmdline.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace sshguardd::host {

std::string find_console() {
  const auto text = read_cmdline();
  if (!text) return "/dev/console";
  std::string device = parse::console_device(parse::kernel_cmdline(*text));
  return access(device.c_str(), W_OK) == 0 ? device : "/dev/console";
}

Console::Console(Loop& loop, std::string device) : loop_{loop}, device_{std::move(device)} {
  if (!device_.empty()) open_device();
}

bool Console::open_device() {
  writable_.reset();
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

void Console::print(const std::string& line) {
  if (device_.empty()) return;
  if (queue_.size() >= max_lines) {
    ++dropped_;
    return;
  }
  // A burst starts on a line of its own, whatever prompt stands there.
  const char* start = queue_.empty() ? "\r\n" : "";
  const std::string note =
      dropped_ > 0 ? "SSHGUARDD dropped " + std::to_string(dropped_) + " lines\r\n" : "";
  dropped_ = 0;
  queue_.push_back(start + note + line + "\r\n");
  flush();
}

void Console::flush() {
  bool reopened = false;
  while (!queue_.empty()) {
    if (!fd_ && !open_device()) {
      queue_.clear();
      sent_ = 0;
      return;
    }
    const std::string& front = queue_.front();
    const ssize_t wrote = write(fd_.get(), front.data() + sent_, front.size() - sent_);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EAGAIN) {
      if (!writable_) writable_ = loop_.io(fd_.get(), EPOLLOUT, [this](auto) { flush(); });
      return;
    }
    if (wrote < 0) {
      // EIO after a hang-up (getty does one at each login): the device wants to be opened again.
      fd_.reset();
      writable_.reset();
      sent_ = 0;
      if (std::exchange(reopened, true)) queue_.pop_front();
      continue;
    }
    sent_ += static_cast<std::size_t>(wrote);
    if (sent_ == front.size()) {
      queue_.pop_front();
      sent_ = 0;
    }
  }
  writable_.reset();
}

} // namespace sshguardd::host
