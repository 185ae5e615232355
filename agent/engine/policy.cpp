#include "engine/policy.hpp"

#include "engine/report.hpp"
#include "parse/ssh_units.hpp"

#include <cstdint>

namespace sshguardd::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// A package manager or a boot that never ends holds the agent back for so long, no longer.
constexpr auto patience = minutes{10};
// A configuration that changed just now may still be in the middle of being written.
constexpr auto quiet = milliseconds{300};
// Level-triggered: what no event tells is looked at again after this.
constexpr auto look_again = seconds{5};
// A configuration that fails for something that is not watched (host keys, accounts, names).
constexpr auto test_again = seconds{10};

std::int64_t wall_us(const Snapshot& snapshot) {
  return snapshot.taken.wall.time_since_epoch().count();
}

// What a person has switched off, for good or for a while.
std::optional<Decision> switched_off(const RestartSshd& restart, const Config& config,
                                     const Ledger& ledger, const Snapshot& snapshot, BootTime now) {
  if (restart.stopped && !config.start_sshd)
    return Decision{Hold::opt_in, "opt-in: [heal] start_sshd = no", {}};
  if (!config.heal) return Decision{Hold::off, "healing is off: [heal] enabled = no", {}};
  if (!restart.stopped && !config.restart_sshd)
    return Decision{Hold::off, "healing is off: [heal] restart_sshd = no", {}};
  if (ledger.paused_until && now < *ledger.paused_until)
    return Decision{Hold::paused, "healing is paused", ledger.paused_until};
  if (!snapshot.intent) return std::nullopt;
  if (snapshot.intent->disabled_file)
    return Decision{Hold::off, "healing is off: /etc/sshguardd/disabled exists", {}};
  if (snapshot.intent->cmdline_off)
    return Decision{Hold::off, "healing is off: sshguardd.heal=off on the kernel command line", {}};
  return std::nullopt;
}

// Somebody else is at work on the machine, or wants sshd as it is.
std::optional<Decision> intent(const Snapshot& snapshot, BootTime now) {
  if (!snapshot.intent)
    return Decision{Hold::unknown,
                    "could not see whether somebody is at work: " + snapshot.intent.why(),
                    now + look_again};
  const Intent& intent = *snapshot.intent;
  for (const PackageLock& lock : intent.package_locks) {
    if (seconds{lock.held_s} >= patience) continue;
    const bool dpkg = lock.path.find("dpkg") != std::string::npos;
    return Decision{Hold::intent,
                    std::string{dpkg ? "dpkg" : "rpm"} + " lock held" +
                        (lock.pid != 0 ? " (pid " + std::to_string(lock.pid) + ")" : ""),
                    now + look_again};
  }
  const std::string& system = snapshot.units->system_state;
  if (system == "stopping") return Decision{Hold::intent, "the system is shutting down", {}};
  if (system == "maintenance")
    return Decision{Hold::intent, "the system is in rescue or emergency mode", now + look_again};
  if ((system == "initializing" || system == "starting") && now.time_since_epoch() < patience)
    return Decision{Hold::intent, "the system is still starting", now + look_again};
  return std::nullopt;
}

std::optional<Decision> configuration(const Snapshot& snapshot, BootTime now) {
  if (!snapshot.config_test)
    return Decision{Hold::unknown, "sshd -t gave no answer: " + snapshot.config_test.why(),
                    now + look_again};
  if (!snapshot.config)
    return Decision{Hold::unknown,
                    "sshd's configuration could not be read: " + snapshot.config.why(),
                    now + look_again};
  if (snapshot.config_test->fingerprint != snapshot.config->fingerprint)
    return Decision{Hold::intent, "sshd's configuration is being changed", now + quiet, true};
  const std::int64_t age = wall_us(snapshot) - snapshot.config->newest_change_us;
  // A clock that was set back makes ages negative: those files are not new.
  if (age >= 0 && std::chrono::microseconds{age} < quiet)
    return Decision{Hold::intent, "sshd's configuration was changed just now", now + quiet, true};
  return std::nullopt;
}

bool reboots(const std::string& action) {
  return !action.empty() && action != "none";
}

std::optional<Decision> guard_rails(const RestartSshd& restart, const Snapshot& snapshot,
                                    BootTime now) {
  const Unit& service = snapshot.units->service;
  const Unit& socket = snapshot.units->socket;
  // With Accept=yes the service of that name is not the one that serves.
  if ((!restart.service.empty() && parse::masked(service)) ||
      (!restart.socket.empty() && parse::masked(socket)))
    return Decision{Hold::guard, "the unit is masked", {}};
  if ((service.unit_file_state == "disabled" || restart.stopped) &&
      !parse::starts_at_boot(service) && !parse::starts_at_boot(socket))
    return Decision{Hold::guard, "it is disabled: somebody wants it so", {}};
  if (service.job_queued || socket.job_queued)
    return Decision{Hold::intent, "systemd has a job queued for it", now + look_again};
  if (snapshot.intent && !snapshot.intent->unmet_condition.empty())
    return Decision{Hold::cause, snapshot.intent->unmet_condition + " is not met", {}};
  if (reboots(service.failure_action) || reboots(service.start_limit_action))
    return Decision{
        Hold::guard, "its FailureAction= or StartLimitAction= acts on the whole machine", {}};
  if (!service.active()) return std::nullopt;
  // Below: a daemon that lives. A restart would apply what it has not read yet, or end sessions.
  if (snapshot.config && !snapshot.config->incomplete.empty())
    return Decision{Hold::unknown,
                    "sshd lives, and its configuration may be newer than its start: " +
                        snapshot.config->incomplete,
                    {}};
  if (snapshot.pressure && snapshot.pressure->starved())
    return Decision{Hold::guard,
                    std::string{"sshd lives, and the machine is starved of "} +
                        snapshot.pressure->short_of(),
                    now + look_again};
  if (snapshot.config && snapshot.config->newest_change_us > service.active_enter_us)
    return Decision{Hold::guard, "sshd lives, and its configuration is newer than its start", {}};
  if (service.active_enter_us > wall_us(snapshot))
    return Decision{Hold::guard, "sshd lives, and the clock was set back since its start", {}};
  if (service.kill_mode != "process" && service.kill_mode != "none")
    return Decision{
        Hold::guard,
        "sshd lives, and a restart would end its sessions (KillMode=" + service.kill_mode + ")",
        {}};
  return std::nullopt;
}

const Budget* find_budget(const Ledger& ledger, const Remedy& remedy) {
  const auto found = ledger.budgets.find(budget_key(remedy));
  return found == ledger.budgets.end() ? nullptr : &found->second;
}

// Somebody stopped it, and may want to start it himself.
std::optional<Decision> grace(const Remedy& remedy, const Config& config, const Ledger& ledger,
                              BootTime now) {
  if (!std::get<RestartSshd>(remedy).stopped) return std::nullopt;
  const Budget* budget = find_budget(ledger, remedy);
  const BootTime since = budget != nullptr ? budget->stopped_since.value_or(now) : now;
  const BootTime due = since + config.start_sshd_after;
  if (now >= due) return std::nullopt;
  return Decision{Hold::grace,
                  std::to_string(config.start_sshd_after.count()) + "s after it was stopped", due};
}

std::optional<Decision> budget(const Remedy& remedy, const Config& config, const Ledger& ledger,
                               BootTime now) {
  const Budget* budget = find_budget(ledger, remedy);
  if (budget == nullptr) return std::nullopt;
  if (std::get<RestartSshd>(remedy).once && budget->tries > 0)
    return Decision{Hold::guard, "the agent has restarted it for that already", {}};
  const Standing standing = engine::standing(*budget, config, now);
  switch (standing.kind) {
  case Standing::Kind::free:
    return std::nullopt;
  case Standing::Kind::waiting:
    return Decision{Hold::budget,
                    std::to_string(budget->tries) + (budget->tries == 1 ? " try" : " tries") +
                        " so far, the next " + std::to_string(standing.wait.count()) +
                        "s after the last",
                    standing.due};
  case Standing::Kind::frozen:
    // Without the number of the tries that follow: it is told once.
    return Decision{Hold::frozen,
                    (standing.day ? std::to_string(Budget::in_a_day) + " tries in a day"
                                  : std::to_string(Budget::in_a_row) + " tries") +
                        ", now one each " + duration_text(standing.wait),
                    standing.due};
  case Standing::Kind::fight:
    return Decision{Hold::fight, "somebody undid it twice in an hour", standing.due};
  }
  return std::nullopt;
}

// A boot time as people's clocks showed it.
Now at(BootTime time, const Snapshot& snapshot) {
  return {time, snapshot.taken.wall - (snapshot.taken.boot - time)};
}

} // namespace

Decision decide(const Remedy& remedy, const Snapshot& snapshot, const Config& config,
                const Ledger& ledger, BootTime now, Asker asker) {
  const auto& restart = std::get<RestartSshd>(remedy);
  const bool person = asker == Asker::person;
  if (auto held = switched_off(restart, config, ledger, snapshot, now); held && !person)
    return *held;
  if (!snapshot.units)
    return {Hold::unknown, "systemd gave no answer: " + snapshot.units.why(), now + look_again};

  // First, since a person has to do something about it: waiting for others would not help.
  if (snapshot.config_test && !snapshot.config_test->passed)
    return {Hold::cause, "sshd refuses its configuration (sshd -t)", now + test_again};
  if (auto held = intent(snapshot, now)) return *held;
  if (auto held = configuration(snapshot, now)) return *held;
  if (auto held = guard_rails(restart, snapshot, now)) return *held;
  if (person) return {};
  if (auto held = grace(remedy, config, ledger, now)) return *held;
  if (auto held = budget(remedy, config, ledger, now)) return *held;
  return {};
}

Decision decide(const Finding& finding, const Snapshot& snapshot, const Config& config,
                const Ledger& ledger, BootTime now) {
  if (finding.accepted) return {Hold::off, "accepted: " + finding.accepted->reason, {}};
  Decision decision = decide(*finding.remedy, snapshot, config, ledger, now);
  if (decision.hold != Hold::none || lasts(ledger, finding, now)) return decision;
  return {Hold::grace, "once it lasts", now + finding.settle, true};
}

Held held(const Evaluation& evaluation, const Snapshot& snapshot, const Config& config,
          const Ledger& ledger) {
  Held held;
  for (const Finding& finding : evaluation.findings) {
    if (!finding.remedy || finding.accepted) continue;
    const BootTime now = snapshot.taken.boot;
    const Decision decision = decide(*finding.remedy, snapshot, config, ledger, now);
    const Budget* budget = find_budget(ledger, *finding.remedy);
    if (budget == nullptr) continue;
    const std::string key = budget_key(*finding.remedy);
    HeldRemedy entry{.remedy = name_of(*finding.remedy),
                     .subject = key.substr(key.find(' ') + 1),
                     .next_try = decision.retry_at};
    if (decision.hold == Hold::frozen) {
      const Standing standing = engine::standing(*budget, config, now);
      entry.in_a_day = standing.day;
      entry.tries = standing.day ? static_cast<int>(budget->recent.size()) : budget->tries;
      entry.since = at(budget->frozen_since.value_or(now), snapshot);
      entry.every = std::chrono::duration_cast<minutes>(standing.wait);
      held.frozen.push_back(std::move(entry));
    } else if (decision.hold == Hold::fight) {
      entry.tries = static_cast<int>(budget->undone.size());
      entry.since = at(budget->fight_since.value_or(now), snapshot);
      held.fights.push_back(std::move(entry));
    }
  }
  return held;
}

} // namespace sshguardd::engine
