// sshd.privsep-dir: sshd's privilege separation directory is missing or unsafe while it is needed.
#include "parse/mode.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.privsep-dir",
    .title = "sshd's privilege separation directory is missing or unsafe",
    .sees = "reset",
    .when = "now, restart",
    .remedy = "safe: make-privsep-dir",
    .explain =
        "sshd locks the process that talks to a client before it is known into an empty directory "
        "(/run/sshd on Debian and Ubuntu) that is root's and that nobody else may write. Without "
        "it a running sshd goes on, and each new connection dies; before 9.8 also where others may "
        "write to it. The place is the one that "
        "`sshd -t` names, and only one that OpenSSH is built with; while sshd is down, one below "
        "/run is its unit's own (RuntimeDirectory=) and comes with the start. The agent makes it, "
        "root:root 0755, or gives it to root and takes the write permission of group and others.",
    .fix = "install -d -o root -g root -m 0755 /run/sshd",
    .mended = "privilege separation directory mended",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  if (!snapshot.privsep_dir) return {};
  const PrivsepDir& directory = *snapshot.privsep_dir;
  const Unit& service = snapshot.units->service;
  // systemd may not have told yet that sshd ended, which takes the unit's directory with it: the
  // process was looked at after the directory.
  const bool lives = service.active() && !service.moving() && snapshot.daemon;
  const bool units_own =
      directory.path.starts_with("/run/") || directory.path.starts_with("/var/run/");
  if (!lives && (units_own || snapshot.units->up())) return {};
  // Mended since `sshd -t` was asked.
  if (directory.exists && directory.owner == 0 && (directory.mode & 022U) == 0) return {};
  Finding finding{.id = ids[0].id,
                  .subject = directory.path,
                  .severity = Severity::critical,
                  .when = When::now,
                  .sees = lives ? Sees::reset : Sees::refused,
                  .summary = directory.path + " is missing",
                  .evidence = {{"sshd -t", "privilege separation directory " + directory.path}},
                  .fix = {"install -d -o root -g root -m 0755 " + directory.path},
                  .remedy = MakePrivsepDir{directory.path}};
  // It ends with the client's banner unread.
  if (lives) finding.client = "Connection reset by HOST port PORT";
  if (directory.obstructed) {
    finding.summary = directory.path + " is no directory";
    finding.remedy.reset();
    finding.fix = {"move " + directory.path + " away, then " + finding.fix.front()};
  } else if (directory.exists) {
    finding.summary = directory.path + " is unsafe: owner " + std::to_string(directory.owner) +
                      ", mode " + parse::mode_text(directory.mode);
    finding.fix = {"chown root " + directory.path + " && chmod go-w " + directory.path};
    // From 9.8 on only the start looks at owner and mode, and a unit's own directory is set right
    // there: what fails until then is a reload.
    if (lives && !(snapshot.host_keys && snapshot.host_keys->reread)) {
      finding.severity = units_own ? Severity::info : Severity::warning;
      finding.when = When::restart;
      finding.sees = Sees::refused;
      finding.client.clear();
    }
  }
  return {finding};
}

} // namespace

extern const Check sshd_privsep_dir;
const Check sshd_privsep_dir{"sshd_privsep_dir", ids, Needs::units | Needs::config_test, run};

} // namespace sshguardd::checks
