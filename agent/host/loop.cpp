#include "host/loop.hpp"

#include <systemd/sd-event.h>

#include <csignal>
#include <cstdint>
#include <system_error>

#include <sys/epoll.h>
#include <sys/wait.h>

namespace sshguardd::host {

struct Source::State {
  sd_event_source* source = nullptr;
  Loop::Callback callback;
  Loop::IoCallback io;
  Loop::ChildCallback child;
  // Keeps the callback alive while it runs, whatever it destroys.
  std::weak_ptr<State> self;
  ~State() {
    if (source != nullptr) sd_event_source_disable_unref(source);
  }
};

namespace {

using State = Source::State;

std::shared_ptr<State> alive(void* userdata) {
  return static_cast<State*>(userdata)->self.lock();
}

int on_io(sd_event_source* /*source*/, int /*fd*/, std::uint32_t events, void* userdata) {
  if (const auto state = alive(userdata)) state->io(events);
  return 0;
}

int on_time(sd_event_source* /*source*/, std::uint64_t /*usec*/, void* userdata) {
  if (const auto state = alive(userdata)) state->callback();
  return 0;
}

int on_defer(sd_event_source* /*source*/, void* userdata) {
  if (const auto state = alive(userdata)) state->callback();
  return 0;
}

int on_child(sd_event_source* /*source*/, const siginfo_t* info, void* userdata) {
  if (const auto state = alive(userdata)) state->child(info->si_code, info->si_status);
  return 0;
}

int on_signal(sd_event_source* /*source*/, const signalfd_siginfo* /*info*/, void* userdata) {
  if (const auto state = alive(userdata)) state->callback();
  return 0;
}

std::shared_ptr<State> new_state() {
  auto state = std::make_shared<State>();
  state->self = state;
  return state;
}

Source made(std::shared_ptr<State> state, int result) {
  return result < 0 ? Source{} : Source{std::move(state)};
}

} // namespace

Source::Source(std::shared_ptr<State> state) : state_{std::move(state)} {}
Source::~Source() {
  reset();
}
Source& Source::operator=(Source&& other) noexcept {
  if (this != &other) {
    reset();
    state_ = std::move(other.state_);
  }
  return *this;
}
void Source::reset() {
  if (state_ && state_->source != nullptr) {
    // At once, also when a running callback holds the state a little longer.
    state_->source = sd_event_source_disable_unref(state_->source);
  }
  state_.reset();
}
void Source::set_events(std::uint32_t events) {
  if (state_) sd_event_source_set_io_events(state_->source, events);
}

Loop::Loop() {
  const int result = sd_event_new(&event_);
  if (result < 0) throw std::system_error{-result, std::generic_category(), "sd_event_new"};
}
Loop::~Loop() {
  sd_event_unref(event_);
}

Source Loop::io(int fd, std::uint32_t events, IoCallback callback) {
  auto state = new_state();
  state->io = std::move(callback);
  const int result = sd_event_add_io(event_, &state->source, fd, events, on_io, state.get());
  return made(std::move(state), result);
}

Source Loop::at(BootTime time, Callback callback, std::chrono::microseconds slack) {
  auto state = new_state();
  state->callback = std::move(callback);
  const int result =
      sd_event_add_time(event_, &state->source, CLOCK_BOOTTIME,
                        static_cast<std::uint64_t>(time.time_since_epoch().count()),
                        static_cast<std::uint64_t>(slack.count()), on_time, state.get());
  return made(std::move(state), result);
}

Source Loop::soon(Callback callback) {
  auto state = new_state();
  state->callback = std::move(callback);
  const int result = sd_event_add_defer(event_, &state->source, on_defer, state.get());
  return made(std::move(state), result);
}

Source Loop::child(pid_t pid, ChildCallback callback) {
  auto state = new_state();
  state->child = std::move(callback);
  const int result =
      sd_event_add_child(event_, &state->source, pid, WEXITED, on_child, state.get());
  return made(std::move(state), result);
}

Source Loop::signal(int number, Callback callback) {
  auto state = new_state();
  state->callback = std::move(callback);
  const int result = sd_event_add_signal(event_, &state->source, number, on_signal, state.get());
  return made(std::move(state), result);
}

void Loop::run() {
  sd_event_loop(event_);
}
void Loop::stop() {
  sd_event_exit(event_, 0);
}

void block_signals(std::initializer_list<int> numbers) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  for (const int number : numbers)
    sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A reader of the console or of a pipe that goes away is an error code, not our end.
  std::signal(SIGPIPE, SIG_IGN);
}

} // namespace sshguardd::host
