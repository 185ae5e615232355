#include "host/prober.hpp"

#include "host/clock.hpp"

#include <algorithm>

namespace sshguardd::host {
namespace {

// The regular probe shares a wakeup with whatever comes near it; a retry is awaited.
constexpr auto slack = std::chrono::seconds{60};

std::string run_of(const SshUnits& units) {
  if (!units.service.active()) return {};
  return std::to_string(units.service.active_enter_us) + " " +
         std::to_string(units.service.main_pid);
}

// Signs that are worth a log line of sshd's: connections that nobody accepts.
bool suspicious(const Snapshot& snapshot) {
  return snapshot.lasting.waiting && snapshot.taken.boot > *snapshot.lasting.waiting;
}

} // namespace

Prober::Prober(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)} {}

void Prober::consider(Snapshot& snapshot) {
  const BootTime now = snapshot.taken.boot;
  const std::string run = snapshot.units ? run_of(*snapshot.units) : run_;
  if (run != run_) {
    run_ = run;
    history_ = {.last = {}, .up = now, .failures = 0, .suspicion = false};
    last_ = Unknown{"no answer of sshd was seen yet"};
    run_probe_.reset();
  }
  const Listener* target = snapshot.listeners ? probe_target(*snapshot.listeners) : nullptr;
  if (run_.empty()) {
    last_ = Unknown{"sshd is not running"};
    due_.reset();
  } else if (target == nullptr) {
    last_ = Unknown{"no listening socket of sshd's was found"};
    due_.reset();
  } else if (!run_probe_) {
    history_.suspicion = suspicious(snapshot);
    // A stopped process does not answer, and knocking would only fill its queue.
    const bool stopped = snapshot.daemon && snapshot.daemon->stopped();
    const auto penalty =
        snapshot.effective ? snapshot.effective->noauth_penalty : std::chrono::seconds{1};
    const BootTime due = engine::next_probe(history_, settings_, penalty, now);
    if (due <= now && !stopped) {
      start(*target, now);
    } else if (!stopped) {
      const bool urgent = history_.failures > 0 || history_.suspicion;
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
