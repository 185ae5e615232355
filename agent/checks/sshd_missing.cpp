// sshd.missing: there is nothing that could serve SSH: no unit, or no program for it to run.
#include "sshguardd/check.hpp"

#include <algorithm>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.missing",
    .title = "no sshd binary, or no ssh unit at all",
    .sees = "refused",
    .when = "now, restart",
    .remedy = "-",
    .explain = "systemd knows no ssh.service, sshd.service, socket or template for them, or the "
               "program that the unit runs is not there. The agent installs nothing.",
    .fix = "install it again: apt-get install --reinstall openssh-server; dnf install "
           "openssh-server (dnf reinstall, where only its files are gone); zypper install --force "
           "openssh-server",
    .mended = "sshd installed",
}};

bool has_template(const SshUnits& units) {
  return std::ranges::any_of(units.files,
                             [](const UnitFile& file) { return file.name.ends_with("@.service"); });
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  Finding finding{.id = ids[0].id,
                  .severity = Severity::critical,
                  .when = When::now,
                  .sees = Sees::refused,
                  .fix = {"reinstall openssh-server"}};

  if (!units.service.exists() && !units.socket.exists() && !has_template(units)) {
    if (snapshot.served_by_another()) return {};
    finding.subject = "ssh.service";
    finding.summary = "no ssh.service or sshd.service is installed";
    return {finding};
  }
  if (!snapshot.config || snapshot.config->binary_exists || snapshot.config->binary.empty())
    return {};
  finding.subject = snapshot.config->binary;
  finding.summary = snapshot.config->binary + " is missing or cannot be executed";
  finding.evidence = {{"ExecStart of " + units.service.id, snapshot.config->binary}};
  if (units.service.active()) {
    finding.severity = Severity::warning;
    finding.when = When::restart;
  }
  return {finding};
}

} // namespace

extern const Check sshd_missing;
const Check sshd_missing{"sshd_missing", ids, Needs::units, run};

} // namespace sshguardd::checks
