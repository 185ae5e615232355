// sshd.binary-mismatch: the programs that are sshd do not belong together, or do not run.
#include "sshguardd/check.hpp"

#include <chrono>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.binary-mismatch",
    .title = "a program of sshd's is missing, broken or replaced",
    .sees = "none, reset",
    .when = "now, restart",
    .remedy = "- (and no restart while it holds)",
    .explain =
        "From OpenSSH 9.8 on sshd starts a program of its own for each connection (sshd-session), "
        "from 10.0 on a second one (sshd-auth): which, is read from the sshd binary. Without them "
        "each connection ends at once, and a start fails. The same where sshd itself crashes or "
        "lacks a library. An sshd that runs on from a replaced file, as after an upgrade, is only "
        "worth knowing. While packages are being installed, for ten minutes at most, "
        "nothing is said.",
    .fix = "apt-get install --reinstall openssh-server (or: dnf reinstall openssh-server)",
    .mended = "sshd's programs mended",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  if (!snapshot.binary || snapshot.intent->installing()) return {};
  const SshdBinary& binary = *snapshot.binary;
  const SshUnits& units = *snapshot.units;
  // The file itself is another finding.
  if (!snapshot.config->binary_exists) return {};
  Finding finding{.id = ids[0].id,
                  .subject = binary.path,
                  .severity = Severity::warning,
                  .when = When::restart,
                  .sees = Sees::refused,
                  .fix = {"reinstall openssh-server"},
                  .settle = std::chrono::seconds{1}};
  if (!binary.missing.empty()) {
    finding.subject = binary.missing.front();
    finding.summary = binary.missing.front() + " is missing or cannot be executed";
    finding.evidence = {{"named by " + binary.path, binary.missing.front()}};
  } else if (!binary.cannot_run.empty()) {
    finding.summary = binary.path + " cannot run: " + binary.cannot_run;
    finding.evidence = {{"sshd -t", binary.cannot_run}};
  } else if (binary.replaced) {
    finding.severity = Severity::info;
    finding.sees = Sees::none;
    finding.summary = "sshd runs on from a file that was replaced or removed; a restart takes " +
                      binary.path + " as it is now";
    finding.evidence = {{"process", std::to_string(units.service.main_pid)}};
    finding.fix = {"systemctl restart " + units.service.id};
    finding.settle = std::chrono::seconds{10};
    return {finding};
  } else {
    return {};
  }
  // One that was started from an older file executes its file anew for each connection, and meets
  // the same. An sshd without helpers does, too: the probe shows it.
  const bool closes = snapshot.probe && snapshot.probe->how == Probe::How::closed;
  const bool now = closes || !binary.missing.empty();
  if (units.service.active_state == "failed" && !units.up()) {
    finding.severity = Severity::critical;
    finding.when = When::now;
  } else if (units.up() && now) {
    finding.severity = Severity::critical;
    finding.when = When::now;
    finding.sees = Sees::reset;
  }
  return {finding};
}

} // namespace

extern const Check sshd_binary_mismatch;
const Check sshd_binary_mismatch{"sshd_binary_mismatch", ids,
                                 Needs::units | Needs::config | Needs::intent, run};

} // namespace sshguardd::checks
