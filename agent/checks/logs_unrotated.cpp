// logs.unrotated: log files are large, and nobody puts them aside.
#include "checks/disk_text.hpp"
#include "sshguardd/check.hpp"

#include <chrono>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "logs.unrotated",
    .title = "large log files that nobody rotates",
    .sees = "none",
    .when = "soon",
    .remedy = "-",
    .explain =
        "The files below /var/log that are being written to (not the journal's, nor what was "
        "rotated) take a tenth of their file system and 100 MiB, or more, and logrotate does not "
        "make them smaller: its timer is stopped, disabled or masked and it has not run for two "
        "days, its last run failed, or its state file is older than a week on a machine that has "
        "been up for a day. Where logrotate is not installed this is worth knowing, no more: "
        "programs may rotate their logs themselves. Looked at once an hour.",
    .fix = "systemctl enable --now logrotate.timer; systemctl start logrotate.service; systemctl "
           "status logrotate.service",
    .mended = "logs are rotated again, or smaller",
    .passes = true,
}};

constexpr auto one_day = std::chrono::hours{25}; // a timer is an hour late at most
constexpr auto two_days = std::chrono::hours{48};
constexpr auto week = std::chrono::hours{7 * 24};

struct Reason {
  std::string why; // empty: somebody rotates them
  std::string fix;
  Severity severity = Severity::warning;
};

Reason reason(const Rotation& rotation, const Now& now) {
  if (!rotation.installed)
    return {"logrotate is not installed", "install logrotate, or empty what is not needed",
            Severity::info};
  const auto not_run_for = [&](std::chrono::hours time) {
    return !rotation.ran || now.wall - *rotation.ran >= time;
  };
  const bool timer = rotation.timer && *rotation.timer;
  if (timer && !rotation.timer_active && not_run_for(two_days)) {
    const std::string enable = "systemctl enable --now logrotate.timer";
    if (rotation.timer_state == "masked")
      return {"logrotate.timer is masked", "systemctl unmask logrotate.timer; " + enable};
    const bool disabled = rotation.timer_state == "disabled";
    return {disabled ? "logrotate.timer is disabled" : "logrotate.timer is stopped", enable};
  }
  if (!rotation.service_result.empty() && rotation.service_result != "success")
    return {"logrotate failed (" + rotation.service_result + ")",
            "mend what this says: logrotate -v /etc/logrotate.conf"};
  // A machine that was off catches up.
  if (not_run_for(week) && now.boot >= BootTime{one_day})
    return {rotation.ran ? "logrotate has not run for a week" : "logrotate has never run",
            "logrotate -v /etc/logrotate.conf, and see who starts it each day"};
  return {};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Logs& logs = *snapshot.logs;
  const PlainLogs& plain = *logs.plain;
  if (!plain.large()) return {};
  const Reason why = reason(logs.rotation, snapshot.taken);
  if (why.why.empty()) return {};
  Finding finding{
      .id = ids[0].id,
      .subject = "/var/log",
      .severity = why.severity,
      .when = When::soon,
      .summary = "logs grow: " + why.why,
      .evidence = {{"/var/log", size_text(plain.bytes) + " in log files, of " +
                                    size_text(plain.space.total) + " on " + plain.mount}},
      .fix = {why.fix}};
  if (!logs.rotation.state_file.empty() && logs.rotation.ran) {
    const auto ago =
        std::chrono::duration_cast<std::chrono::hours>(snapshot.taken.wall - *logs.rotation.ran);
    finding.evidence.push_back(
        {logs.rotation.state_file, "written " + std::to_string(ago.count() / 24) + " days ago"});
  }
  for (const LogFile& log : plain.largest) {
    const std::string known =
        log.rotated.empty() ? "logrotate has not rotated it" : "last rotated on " + log.rotated;
    finding.evidence.push_back(
        {"large log", log.path + ", " + size_text(log.bytes) +
                          (logs.rotation.installed ? ", " + known : std::string{})});
  }
  return {std::move(finding)};
}

} // namespace

extern const Check logs_unrotated;
const Check logs_unrotated{"logs_unrotated", ids, Needs::plain_logs, run};

} // namespace sshguardd::checks
