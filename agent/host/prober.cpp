#include "host/prober.hpp"

#include "host/clock.hpp"

#include <algorithm>

namespace sshguardd::host {
namespace {

// The regular probe shares a wakeup with whatever comes near it; a retry is awaited.
constexpr auto slack = std::chrono::seconds{60};

// A look reads units before sockets: a stranger may be sshd's own socket unit that has started in
// between, and a probe would start sshd. The next look knows it.
constexpr auto second_look = std::chrono::milliseconds{100};

// A stranger that did not answer as an SSH server is asked again after this.
constexpr auto stranger_again = std::chrono::seconds{30};

std::string run_of(const SshUnits& units) {
  if (!units.service.active()) return {};
  return std::to_string(units.service.active_enter_us) + " " +
         std::to_string(units.service.main_pid);
}

// Somebody else has sshd's port while its units are down: is it an SSH server?
const Listener* stranger(const Snapshot& snapshot) {
  if (!snapshot.units || snapshot.units->up() || snapshot.units->service.moving() ||
      snapshot.units->socket.moving())
    return nullptr;
  return snapshot.holder();
}

// Signs that are worth a log line of sshd's: connections that nobody accepts.
bool suspicious(const Snapshot& snapshot, const std::optional<BootTime>& stranger_waiting) {
  const auto& since = stranger(snapshot) != nullptr ? stranger_waiting : snapshot.lasting.waiting;
  return since && snapshot.taken.boot > *since;
}

} // namespace

Prober::Prober(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)} {}

void Prober::consider(Snapshot& snapshot) {
  const BootTime now = snapshot.taken.boot;
  first_ = false;
  const Listener* other = stranger(snapshot);
  std::string run = snapshot.units ? run_of(*snapshot.units) : run_;
  if (other != nullptr) run = "socket " + std::to_string(other->inode);
  if (run != run_) {
    run_ = run;
    history_ = {.last = {}, .up = now, .failures = 0, .suspicion = false};
    last_ = Unknown{"no answer of sshd was seen yet"};
    run_probe_.reset();
    waiting_.reset();
  }
  // Of a stranger the looks themselves follow no queue.
  if (other == nullptr || other->waiting == 0)
    waiting_.reset();
  else if (!waiting_)
    waiting_ = now;
  const Listener* target = snapshot.listeners ? probe_target(*snapshot.listeners) : nullptr;
  if (other != nullptr) target = other;
  if (run_.empty()) {
    last_ = Unknown{"sshd is not running"};
    due_.reset();
  } else if (target == nullptr) {
    last_ = Unknown{"no listening socket of sshd's was found"};
    due_.reset();
  } else if (!run_probe_) {
    history_.suspicion = suspicious(snapshot, waiting_);
    // A stopped process does not answer, and knocking would only fill its queue.
    const bool stopped = snapshot.daemon && snapshot.daemon->stopped();
    const auto penalty =
        snapshot.effective ? snapshot.effective->noauth_penalty : std::chrono::seconds{1};
    BootTime due = engine::next_probe(history_, settings_, penalty, now);
    first_ = other != nullptr && !history_.last;
    if (first_ && history_.up) due = std::max(due, *history_.up + second_look);
    // What it is not by two answers it may become: no hurry, it is no sshd that restarts.
    const bool settled = other != nullptr && history_.failures >= Probe::failures_enough;
    if (settled) due = std::max(due, *history_.last + stranger_again);
    if (due <= now && !stopped) {
      start(*target, now);
    } else if (!stopped) {
      const bool urgent = first_ || (history_.failures > 0 && !settled) || history_.suspicion;
      due_ = loop_.at(due, on_news_,
                      urgent ? std::chrono::microseconds{std::chrono::milliseconds{50}} : slack);
    }
  }
  snapshot.probe = last_;
  snapshot.probing = running() && !last_;
}

void Prober::start(const Listener& target, BootTime /*now*/) {
  due_.reset();
  run_probe_ = run_probe(
      loop_, target, [this](Probe probe) { ended(std::move(probe)); }, settings_.timeout);
}

void Prober::ended(Probe probe) {
  history_.last = now().boot;
  history_.failures = probe.alive ? 0 : history_.failures + 1;
  probe.failures = history_.failures;
  last_ = std::move(probe);
  run_probe_.reset();
  on_news_();
}

} // namespace sshguardd::host
