#include "engine/policy.hpp"

#include "engine/guard_rails.hpp"
#include "engine/report.hpp"

#include <algorithm>
#include <cstdint>

namespace sshguardd::engine {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// A boot that never ends holds the agent back for so long, no longer.
constexpr auto patience = PackageLock::patience;
// A configuration that fails for something that is not watched (host keys, accounts, names).
constexpr auto test_again = seconds{10};
// Whoever sets up a firewall, or a program that reloads one, is not through with the first rule.
constexpr auto rules_settle = seconds{10};

std::int64_t wall_us(const Snapshot& snapshot) {
  return snapshot.taken.wall.time_since_epoch().count();
}

// The key of [heal] that allows a remedy.
struct Switch {
  const char* key = "";
  bool on = false;
  bool opt_in = false;
  const char* off = "no"; // what it says where it is not on
};

Switch switch_of(RoomKind kind, const Config& config) {
  switch (kind) {
  case RoomKind::packages:
    return {"clean_package_cache", config.clean_package_cache};
  case RoomKind::journal:
    return {"vacuum_journal", config.vacuum_journal};
  case RoomKind::rotated_logs:
    return {"remove_rotated_logs", config.remove_rotated_logs, true};
  case RoomKind::core_dumps:
    break;
  }
  return {"remove_core_dumps", config.remove_core_dumps, true};
}

// All of it, or none: a step that is switched off is not part of one that is on.
Switch switch_of(const MakeRoom& room, const Config& config) {
  Switch found{"clean_package_cache", config.clean_package_cache};
  for (const RoomOffer& step : room.steps) {
    found = switch_of(step.kind, config);
    if (!found.on) break;
  }
  return found;
}

// ufw has no rule for a time.
Switch switch_of(const OpenFirewall& open, const Config& config) {
  const bool lasting = config.open_firewall == FirewallOpening::permanent;
  if (open.owner != "ufw" || config.open_firewall == FirewallOpening::no)
    return {"open_firewall", config.open_firewall != FirewallOpening::no, true};
  return {"open_firewall", lasting, true, "yes, and what ufw opens is permanent"};
}

Switch switch_of(const Remedy& remedy, const Config& config) {
  if (const auto* restart = std::get_if<RestartSshd>(&remedy))
    return restart->stopped ? Switch{"start_sshd", config.start_sshd, true}
                            : Switch{"restart_sshd", config.restart_sshd};
  if (std::holds_alternative<MakePrivsepDir>(remedy))
    return {"make_privsep_dir", config.make_privsep_dir};
  if (std::holds_alternative<ClearHostKeyMode>(remedy))
    return {"clear_host_key_mode", config.clear_host_key_mode};
  if (std::holds_alternative<GenerateHostKeys>(remedy))
    return {"generate_host_keys", config.generate_host_keys};
  if (std::holds_alternative<ClearKeyMode>(remedy))
    return {"clear_key_mode", config.clear_key_mode};
  if (const auto* room = std::get_if<MakeRoom>(&remedy)) return switch_of(*room, config);
  if (std::holds_alternative<GrowFileSystem>(remedy))
    return {"grow_file_system", config.grow_file_system, true};
  if (const auto* open = std::get_if<OpenFirewall>(&remedy)) return switch_of(*open, config);
  return {"rollback_sshd_config", config.rollback_sshd_config, true};
}

// What a person has switched off, for good or for a while.
std::optional<Decision> switched_off(const Remedy& remedy, const Config& config,
                                     const Ledger& ledger, const Snapshot& snapshot, BootTime now) {
  const Switch one = switch_of(remedy, config);
  const std::string off = std::string{"[heal] "} + one.key + " = " + one.off;
  if (one.opt_in && !one.on) return Decision{Hold::opt_in, "opt-in: " + off, {}};
  if (!config.heal) return Decision{Hold::off, "healing is off: [heal] enabled = no", {}};
  if (!one.on) return Decision{Hold::off, "healing is off: " + off, {}};
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
    if (lock.hangs()) continue;
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

// Not while it is being written.
std::optional<Decision> quiet_configuration(const Snapshot& snapshot, BootTime now) {
  if (!snapshot.config)
    return Decision{Hold::unknown,
                    "sshd's configuration could not be read: " + snapshot.config.why(),
                    now + look_again};
  const std::int64_t age = wall_us(snapshot) - snapshot.config->newest_change_us;
  // A clock that was set back makes ages negative: those files are not new.
  if (age >= 0 && std::chrono::microseconds{age} < quiet)
    return Decision{Hold::intent, "sshd's configuration was changed just now", now + quiet, true};
  return std::nullopt;
}

// ... and what `sshd -t` said is said of it as it is now.
std::optional<Decision> tested_configuration(const Snapshot& snapshot, BootTime now) {
  if (!snapshot.config_test)
    return Decision{Hold::unknown, "sshd -t gave no answer: " + snapshot.config_test.why(),
                    now + look_again};
  if (!snapshot.config_test->passed)
    return Decision{Hold::cause, "sshd refuses its configuration (sshd -t)", now + test_again};
  if (snapshot.config && snapshot.config_test->fingerprint != snapshot.config->fingerprint)
    return Decision{Hold::intent, "sshd's configuration is being changed", now + quiet, true};
  return std::nullopt;
}

const Budget* find_budget(const Ledger& ledger, const Remedy& remedy) {
  const auto found = ledger.budgets.find(budget_key(remedy));
  return found == ledger.budgets.end() ? nullptr : &found->second;
}

// Somebody stopped it, and may want to start it himself; or changes its configuration or the
// firewall, and may want to mend it himself.
std::optional<Decision> grace(const Remedy& remedy, const Config& config, const Ledger& ledger,
                              BootTime now) {
  if (!leaves_time(remedy)) return std::nullopt;
  const bool rollback = std::holds_alternative<RollBackConfig>(remedy);
  const bool open = std::holds_alternative<OpenFirewall>(remedy);
  const seconds wait = open       ? rules_settle
                       : rollback ? config.rollback_after
                                  : config.start_sshd_after;
  const Budget* budget = find_budget(ledger, remedy);
  const BootTime since = budget != nullptr ? budget->waits_since.value_or(now) : now;
  const BootTime due = since + wait;
  if (now >= due) return std::nullopt;
  return Decision{Hold::grace,
                  std::to_string(wait.count()) + (open       ? "s after it was shut"
                                                  : rollback ? "s after sshd went down for it"
                                                             : "s after it was stopped"),
                  due};
}

std::optional<Decision> budget(const Remedy& remedy, const Config& config, const Ledger& ledger,
                               BootTime now) {
  const Budget* budget = find_budget(ledger, remedy);
  if (budget == nullptr) return std::nullopt;
  const auto* restart = std::get_if<RestartSshd>(&remedy);
  if (restart != nullptr && restart->once && budget->tries > 0)
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

bool allows(RoomKind kind, const Config& config) {
  return switch_of(kind, config).on;
}

Decision decide(const Remedy& remedy, const Snapshot& snapshot, const Config& config,
                const Ledger& ledger, BootTime now, Asker asker) {
  const auto* restart = std::get_if<RestartSshd>(&remedy);
  const bool person = asker == Asker::person;
  if (auto held = switched_off(remedy, config, ledger, snapshot, now); held && !person)
    return *held;
  if (!snapshot.units)
    return {Hold::unknown, "systemd gave no answer: " + snapshot.units.why(), now + look_again};

  // First, since a person has to do something about it: waiting for others would not help.
  const auto tested = restart != nullptr ? tested_configuration(snapshot, now) : std::nullopt;
  if (tested && tested->hold == Hold::cause) return *tested;
  if (auto held = intent(snapshot, now)) return *held;
  if (tested) return *tested;
  if (auto held = quiet_configuration(snapshot, now)) return *held;
  if (auto held = guard_rails(remedy, snapshot, now)) return *held;
  if (!person) {
    if (auto held = grace(remedy, config, ledger, now)) return *held;
    if (auto held = budget(remedy, config, ledger, now)) return *held;
  }
  // Last, since it is over in a moment: what is to be opened may be open, or shut on purpose.
  if (std::holds_alternative<OpenFirewall>(remedy) &&
      (!snapshot.firewall || !snapshot.firewall->settled))
    return {Hold::intent, "the firewall's rules are being read anew", now + seconds{1}};
  return {};
}

Decision decide(const Finding& finding, const Snapshot& snapshot, const Config& config,
                const Ledger& ledger, BootTime now) {
  if (finding.accepted) return {Hold::off, "accepted: " + finding.accepted->reason, {}};
  Decision decision = decide(*finding.remedy, snapshot, config, ledger, now);
  if (decision.hold != Hold::none || lasts(ledger, finding, now)) return decision;
  return {Hold::grace, "once it lasts", now + finding.settle, true};
}

bool may_recover(const Snapshot& snapshot, const Config& config, const Ledger& ledger,
                 BootTime now) {
  const bool paused = ledger.paused_until && now < *ledger.paused_until;
  if (!config.heal || paused || !snapshot.intent) return false;
  const Intent& intent = *snapshot.intent;
  return !intent.disabled_file && !intent.cmdline_off && !intent.installing();
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
