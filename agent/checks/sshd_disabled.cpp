// sshd.disabled: sshd runs, and nothing would start it at the next boot.
#include "parse/ssh_units.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.disabled",
    .title = "sshd runs, but nothing starts it at boot",
    .sees = "none",
    .when = "reboot",
    .remedy = "-",
    .explain =
        "Neither the service nor its socket is enabled, and no other unit pulls one of them in. "
        "They are judged as a pair: a system that enables only the socket is right.",
    .fix = "systemctl enable ssh.service",
    .mended = "sshd enabled for boot",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  // Also while it is on its way, or failed: a restart does not enable it.
  const bool wanted = units.up() || units.service.job_queued || units.socket.job_queued ||
                      (units.service.exists() && units.service.active_state != "inactive");
  if (!wanted || parse::starts_at_boot(units.service) || parse::starts_at_boot(units.socket))
    return {};
  const Unit& unit = units.service.exists() ? units.service : units.socket;
  Finding finding{.id = ids[0].id,
                  .subject = unit.id,
                  .severity = Severity::warning,
                  .when = When::reboot,
                  .sees = Sees::refused,
                  .summary = unit.id + " is " + unit.unit_file_state +
                             (units.socket.exists() ? ", " + units.socket.id + " too" : ""),
                  .evidence = {{"unit file " + unit.id, unit.unit_file_state}},
                  .fix = {"systemctl enable " + unit.id}};
  if (units.socket.exists() && &unit != &units.socket)
    finding.evidence.push_back({"unit file " + units.socket.id, units.socket.unit_file_state});
  return {finding};
}

} // namespace

extern const Check sshd_disabled;
const Check sshd_disabled{"sshd_disabled", ids, Needs::units, run};

} // namespace sshguardd::checks
