// sshd.masked: systemd was told never to start sshd.
#include "parse/ssh_units.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

using parse::masked;

constexpr FindingInfo ids[] = {{
    .id = "sshd.masked",
    .title = "sshd's unit is masked, and no socket starts sshd instead",
    .sees = "refused",
    .when = "now, reboot",
    .remedy = "-",
    .explain =
        "The unit file is a link to /dev/null, so that nothing can start it, also not at boot. "
        "A daemon that is already running goes on. Masking is somebody's will: the agent says "
        "it and leaves it.",
    .fix = "systemctl unmask ssh.service; systemctl enable --now ssh.service",
    .mended = "sshd's unit unmasked",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  const Unit& service = units.service;
  const Unit& socket = units.socket;
  if (!masked(service) || (!snapshot.units->up() && snapshot.served_by_another())) return {};
  // Accept=yes starts a template's instance for each connection, not this service.
  if (socket.exists() && !masked(socket) && socket.accept && socket.active()) return {};

  Finding finding{
      .id = ids[0].id,
      .subject = service.id,
      .severity = Severity::critical,
      .when = When::now,
      .sees = socket.active() ? Sees::reset : Sees::refused,
      .summary = service.id + " is masked",
      .evidence = {{"systemd LoadState", service.load_state},
                   {"unit file", service.unit_file_state}},
      .fix = {"systemctl unmask " + service.id + " && systemctl enable --now " + service.id}};
  if (service.active()) {
    finding.severity = Severity::warning;
    finding.when = When::restart;
    finding.sees = Sees::refused;
    finding.fix = {"systemctl unmask " + service.id};
  }
  return {finding};
}

} // namespace

extern const Check sshd_masked;
const Check sshd_masked{"sshd_masked", ids, Needs::units, run};

} // namespace sshguardd::checks
