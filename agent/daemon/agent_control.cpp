// What the control socket asks of the agent.
#include "daemon/agent.hpp"
#include "host/clock.hpp"
#include "host/log.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::daemon {

std::string Agent::status() {
  return outlets_.document();
}

void Agent::check(std::vector<std::string> ids,
                  std::function<void(const std::string& document)> done) {
  // The one under way began before it was asked for.
  checks_.push_back({.ids = std::move(ids), .done = std::move(done), .look = looks_ + 1});
  request_look();
}

void Agent::answer_checks(const Snapshot& snapshot, unsigned long look) {
  if (checks_.empty()) return;
  std::vector<PendingCheck> due;
  for (PendingCheck& one : checks_) {
    if (one.look <= look) due.push_back(std::exchange(one, {}));
  }
  std::erase_if(checks_, [](const PendingCheck& one) { return !one.done; });
  for (const PendingCheck& one : due) {
    auto evaluation = engine::evaluate(snapshot, catalog(), config_);
    const Finding* chosen = nullptr;
    const auto remedies = decide(evaluation, snapshot, chosen);
    engine::keep_only(evaluation, one.ids);
    one.done(engine::status_json(evaluation, remedies, snapshot, ledger_, context(snapshot)));
  }
}

void Agent::heal(engine::HealRequest request, std::function<void(const engine::HealResult&)> done) {
  if (healer_.busy())
    return done({.end = engine::HealResult::End::busy,
                 .request = std::move(request),
                 .why = healer_.busy_with()});
  host::log_info("heal " + request.id + (request.dry_run ? " (dry run)" : "") +
                 " was asked for by " + request.asked_by);
  heal_done_ = std::move(done);
  healer_.begin(std::move(request));
}

void Agent::on_heal_end(const engine::HealResult& result, const Snapshot& snapshot) {
  if (result.heal) outlets_.tell_heal(*result.heal);
  tell_host_keys_ = tell_host_keys_ || (result.end == engine::HealResult::End::healed &&
                                        result.request.id == "sshd.hostkeys-missing");
  const auto done = std::exchange(heal_done_, nullptr); // settling may begin the next
  settle(snapshot);
  if (done) done(result);
}

engine::State Agent::state() const {
  return last_ ? engine::evaluate(*last_, catalog(), config_).state : engine::State::unknown;
}

void Agent::tell_now(const engine::Line& line) {
  Snapshot snapshot = last_ ? *last_ : Snapshot{};
  snapshot.taken = host::now();
  tell({line}, snapshot);
  save_ledger();
  request_look(); // for the status, and for what may go on now
}

WallTime Agent::pause(std::chrono::seconds duration, const std::string& by) {
  const Now now = host::now();
  host::log_info("a pause was asked for by " + by);
  tell_now(engine::pause_healing(ledger_, state(), now, duration));
  return now.wall + duration;
}

bool Agent::resume(const std::string& by) {
  host::log_info("to go on healing was asked for by " + by);
  // A person says that it is to be tried again: also what was given up.
  engine::thaw(ledger_);
  if (engine::paused_until(ledger_, host::now()).empty()) {
    save_ledger();
    request_look();
    return false;
  }
  tell_now(resumed(state(), last_ ? *last_ : Snapshot{}, true));
  return true;
}

} // namespace sshguardd::daemon
