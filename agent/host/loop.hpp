// sd-event(3) with owned sources. One loop, one thread; every callback returns at once.
#pragma once

#include "sshguardd/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>

#include <sys/types.h>

struct sd_event;
struct sd_event_source;

namespace sshguardd::host {

// Watches as long as it lives. May be destroyed in its own callback.
class Source {
public:
  Source() = default;
  struct State;
  explicit Source(std::shared_ptr<State> state);
  Source(Source&&) noexcept = default;
  Source& operator=(Source&& other) noexcept;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source();

  explicit operator bool() const { return state_ != nullptr; }
  void reset();
  void set_events(std::uint32_t events); // io sources only: EPOLLIN, EPOLLOUT ...

private:
  std::shared_ptr<State> state_;
};

class Loop {
public:
  Loop(); // throws std::system_error where the kernel gives no epoll
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  using Callback = std::function<void()>;
  using IoCallback = std::function<void(std::uint32_t events)>;
  // `code` is CLD_EXITED, CLD_KILLED or CLD_DUMPED; `status` the exit status or signal. The zombie
  // is reaped after the callback, so that its process group id is still its own in it.
  using ChildCallback = std::function<void(int code, int status)>;

  // Each gives an empty Source where sd-event refuses (a descriptor that cannot be polled ...).
  [[nodiscard]] Source io(int fd, std::uint32_t events, IoCallback callback);
  // Once, at a time of CLOCK_BOOTTIME. `slack`: how much later it may be to share a wakeup.
  [[nodiscard]] Source at(BootTime time, Callback callback,
                          std::chrono::microseconds slack = std::chrono::milliseconds{1});
  // Once, in the next turn of the loop.
  [[nodiscard]] Source soon(Callback callback);
  // SIGCHLD must be blocked (sd_event_add_child(3)).
  [[nodiscard]] Source child(pid_t pid, ChildCallback callback);
  // The signal must be blocked.
  [[nodiscard]] Source signal(int number, Callback callback);

  void run(); // until stop()
  void stop();
  [[nodiscard]] sd_event* raw() { return event_; }

private:
  sd_event* event_ = nullptr;
};

// Blocks the signals that the loop takes instead of handlers: SIGCHLD, for its children, and those
// that somebody has given it a source for; once, before the first Loop.
void block_signals(std::initializer_list<int> numbers = {});

} // namespace sshguardd::host
