#include "engine/guard_rails.hpp"

#include "engine/grow_steps.hpp"
#include "engine/open_steps.hpp"
#include "parse/path.hpp"
#include "parse/ssh_units.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <variant>

namespace sshguardd::engine {
namespace {

std::int64_t wall_us(const Snapshot& snapshot) {
  return snapshot.taken.wall.time_since_epoch().count();
}

// Somebody wants it down.
std::optional<Decision> unwanted(const SshUnits& units) {
  if (parse::masked(units.service)) return Decision{Hold::guard, "the unit is masked", {}};
  if (units.service.unit_file_state == "disabled" && !parse::starts_at_boot(units.socket))
    return Decision{Hold::guard, "it is disabled: somebody wants it so", {}};
  return std::nullopt;
}

std::optional<Decision> queued(const SshUnits& units, BootTime now) {
  if (!units.service.job_queued && !units.socket.job_queued) return std::nullopt;
  return Decision{Hold::intent, "systemd has a job queued for it", now + look_again};
}

// Host keys are an identity: none is made for an image that is sealed or baked, nor while
// provisioning, boot or shutdown may see to them. No patience: clients would meet other keys.
std::optional<Decision> of_host_keys(const Snapshot& snapshot, BootTime now) {
  const std::string& system = snapshot.units->system_state;
  if (system != "running" && system != "degraded")
    return Decision{Hold::intent, "the system is " + (system.empty() ? "not up" : system),
                    now + look_again};
  if (!snapshot.instance)
    return Decision{Hold::guard, "no identity to make keys for: " + snapshot.instance.why(), {}};
  if (!snapshot.instance->provisioned)
    return Decision{Hold::intent, "cloud-init is at work", now + look_again};
  if (auto held = unwanted(*snapshot.units)) return held;
  return queued(*snapshot.units, now);
}

// Provisioning makes homes and key files, step by step.
std::optional<Decision> of_homes(const Snapshot& snapshot, BootTime now) {
  if (!snapshot.instance || !snapshot.instance->provisioned)
    return Decision{Hold::intent, "the instance is not provisioned", now + look_again};
  return std::nullopt;
}

// Provisioning grows disks itself (cc_growpart, systemd-growfs), in the course of a boot.
std::optional<Decision> of_growth(const GrowFileSystem& remedy, const Snapshot& snapshot,
                                  BootTime now) {
  if (std::string why = why_not_growable(remedy); !why.empty())
    return Decision{Hold::guard, std::move(why), {}};
  const std::string& system = snapshot.units->system_state;
  if (system != "running" && system != "degraded")
    return Decision{Hold::intent, "the system is " + (system.empty() ? "not up" : system),
                    now + look_again};
  if (snapshot.instance && !snapshot.instance->provisioned)
    return Decision{Hold::intent, "cloud-init is at work", now + look_again};
  if (std::string why = missing_program(remedy); !why.empty())
    return Decision{Hold::guard, std::move(why), {}};
  return std::nullopt;
}

// Both programs write their files anew (ufw: shutil.copy() over the old one): without room the
// next boot would have no rules at all.
std::optional<Decision> no_room_in_etc(const Snapshot& snapshot, BootTime now) {
  if (!snapshot.disks)
    return Decision{Hold::unknown, "whether there is room in /etc is not known", now + look_again};
  const FileSystem* on = nullptr;
  for (const FileSystem& one : snapshot.disks->file_systems) {
    if (parse::lies_in("/etc", one.mount) && (on == nullptr || one.mount.size() > on->mount.size()))
      on = &one;
  }
  if (on == nullptr || (!on->full && !on->inodes_full && !on->read_only)) return std::nullopt;
  return Decision{Hold::cause,
                  on->mount + (on->read_only ? " is read-only" : " is full") +
                      ": its rules could be lost while they are written",
                  {}};
}

// Provisioning writes firewalls, too; and what nobody listens on stays shut.
std::optional<Decision> of_opening(const OpenFirewall& remedy, const Snapshot& snapshot,
                                   BootTime now) {
  if (std::string why = why_not_openable(remedy); !why.empty())
    return Decision{Hold::guard, std::move(why), {}};
  if (snapshot.instance && !snapshot.instance->provisioned)
    return Decision{Hold::intent, "cloud-init is at work", now + look_again};
  if (!snapshot.listeners)
    return Decision{Hold::unknown, "who listens is not known: " + snapshot.listeners.why(),
                    now + look_again};
  const bool listens = std::ranges::any_of(*snapshot.listeners, [&remedy](const Listener& one) {
    return one.ours && !one.loopback() && one.port == remedy.port;
  });
  if (!listens)
    return Decision{Hold::cause, "sshd does not listen on port " + std::to_string(remedy.port), {}};
  return remedy.permanent ? no_room_in_etc(snapshot, now) : std::nullopt;
}

bool reboots(const std::string& action) {
  return !action.empty() && action != "none";
}

std::optional<Decision> of_restart(const RestartSshd& restart, const Snapshot& snapshot,
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
  if (auto held = queued(*snapshot.units, now)) return held;
  if (snapshot.intent && !snapshot.intent->unmet_condition.empty())
    return Decision{Hold::cause, snapshot.intent->unmet_condition + " is not met", {}};
  if (snapshot.binary &&
      (!snapshot.binary->missing.empty() || !snapshot.binary->cannot_run.empty()))
    return Decision{Hold::cause, "sshd's own programs are broken or missing", {}};
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
  if (snapshot.config && !has_read(service, *snapshot.config))
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

// Only where sshd went down for its configuration, and nobody wants it down.
std::optional<Decision> of_rollback(const RollBackConfig& rollback, const Snapshot& snapshot,
                                    BootTime now) {
  const Unit& service = snapshot.units->service;
  if (auto held = unwanted(*snapshot.units)) return held;
  if (snapshot.intent && !snapshot.intent->unmet_condition.empty())
    return Decision{Hold::cause, snapshot.intent->unmet_condition + " is not met", {}};
  // Until then the set that is known good may be another instance's.
  if (!snapshot.instance || !snapshot.instance->provisioned)
    return Decision{Hold::intent, "the instance is not provisioned", now + look_again};
  if (auto held = queued(*snapshot.units, now)) return held;
  // Between two tries of Restart= it is "activating", for ever where they are far apart.
  const bool refused = service.active_state == "failed" ||
                       (service.active_state == "activating" && service.result == "exit-code") ||
                       (service.active_state == "inactive" && snapshot.failure_reset);
  if (!refused) return Decision{Hold::guard, "sshd has not failed", {}};
  if (!snapshot.config_test || !snapshot.config || rollback.fingerprint.empty() ||
      snapshot.config_test->fingerprint != rollback.fingerprint ||
      snapshot.config->fingerprint != rollback.fingerprint)
    return Decision{Hold::intent, "sshd's configuration is being changed", now + quiet, true};
  return std::nullopt;
}

} // namespace

std::optional<Decision> guard_rails(const Remedy& remedy, const Snapshot& snapshot, BootTime now) {
  if (const auto* restart = std::get_if<RestartSshd>(&remedy))
    return of_restart(*restart, snapshot, now);
  if (const auto* rollback = std::get_if<RollBackConfig>(&remedy))
    return of_rollback(*rollback, snapshot, now);
  if (std::holds_alternative<GenerateHostKeys>(remedy)) return of_host_keys(snapshot, now);
  if (std::holds_alternative<ClearKeyMode>(remedy)) return of_homes(snapshot, now);
  if (const auto* growth = std::get_if<GrowFileSystem>(&remedy))
    return of_growth(*growth, snapshot, now);
  if (const auto* open = std::get_if<OpenFirewall>(&remedy))
    return of_opening(*open, snapshot, now);
  // Directories and modes: what they mend nobody wants as it is.
  return std::nullopt;
}

} // namespace sshguardd::engine
