// sshd.stopped: somebody stopped sshd and did not start it again.
#include "parse/listen.hpp"
#include "parse/ssh_units.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.stopped",
    .title = "sshd was stopped and is not running",
    .sees = "refused",
    .when = "now",
    .remedy = "opt-in: start",
    .explain =
        "The unit is inactive after a clean stop, nothing is queued to start it, its socket is "
        "not listening either, and nobody else serves its port. A stop is somebody's will: the "
        "agent says it and leaves it, unless [heal] start_sshd = yes: then it starts sshd after "
        "start_sshd_after. What is masked or disabled is never started.",
    .fix = "systemctl start ssh.service",
    .mended = "sshd started",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  const Unit& service = units.service;
  const Unit& socket = units.socket;
  if (units.up() || snapshot.failure_reset || service.job_queued || socket.job_queued) return {};
  const bool by_socket = units.owner == PortOwner::socket && socket.exists();
  const Unit& unit = service.exists() && !by_socket ? service : socket;
  if (!unit.exists() || unit.active_state != "inactive" || socket.active_state == "failed" ||
      snapshot.served_by_another())
    return {};

  std::optional<RestartSshd> start;
  if (!parse::start_in_vain(snapshot)) {
    start = parse::restart_of(units);
    start->stopped = true;
  }
  const bool off_at_boot = unit.unit_file_state == "disabled" || unit.load_state == "masked";
  return {{.id = ids[0].id,
           .subject = unit.id,
           .severity = Severity::critical,
           .when = When::now,
           .sees = Sees::refused,
           .summary = unit.id + (off_at_boot ? " is stopped and " + (unit.load_state == "masked"
                                                                         ? "masked"
                                                                         : unit.unit_file_state)
                                             : " was stopped"),
           .evidence = {{"systemd ActiveState", unit.active_state},
                        {"systemd Result", unit.result},
                        {"unit file", unit.unit_file_state}},
           .fix = {"systemctl start " + unit.id},
           .remedy = start ? std::optional<Remedy>{*start} : std::nullopt,
           // A restart by hand as stop and start is over by then.
           .settle = std::chrono::seconds{1}}};
}

} // namespace

extern const Check sshd_stopped;
const Check sshd_stopped{"sshd_stopped", ids, Needs::units, run};

} // namespace sshguardd::checks
