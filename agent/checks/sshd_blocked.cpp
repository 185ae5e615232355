// sshd.blocked: a condition of the unit keeps systemd from starting sshd, without any error.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.blocked",
    .title = "a condition of the unit keeps sshd from starting",
    .sees = "refused",
    .when = "now, reboot",
    .remedy = "-",
    .explain = "systemd skips a unit whose Condition...= is not met and calls that a success: no "
               "failure is logged. On Debian the file /etc/ssh/sshd_not_to_be_run does it. Path "
               "conditions are read from disk by the agent, others are taken from systemd's last "
               "try.",
    .fix = "rm /etc/ssh/sshd_not_to_be_run; systemctl start ssh.service",
    .mended = "start condition met",
}};

// The condition that the last start failed on; systemd tests triggering ones ('|') as a group.
std::string unmet_at_last_start(const Unit& unit) {
  if (unit.condition_result || unit.condition_tested_us == 0) return {};
  for (const UnitCondition& condition : unit.conditions) {
    // Path conditions are judged by what is on disk now, not by what was then.
    if (condition.state < 0 && condition.type != "ConditionPathExists")
      return condition.type + "=" + (condition.trigger ? "|" : "") + (condition.negate ? "!" : "") +
             condition.parameter;
  }
  return {};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Unit& service = snapshot.units->service;
  if (!service.exists() || snapshot.units->socket.active()) return {};
  if (!snapshot.units->up() && snapshot.served_by_another()) return {};
  std::string condition = snapshot.intent->unmet_condition;
  if (condition.empty() && !service.active()) condition = unmet_at_last_start(service);
  if (condition.empty()) return {};

  const std::string path_prefix = "ConditionPathExists=!";
  Finding finding{.id = ids[0].id,
                  .subject = service.id,
                  .severity = Severity::critical,
                  .when = When::now,
                  .sees = Sees::refused,
                  .summary = condition + " keeps " + service.id + " from starting",
                  .evidence = {{"condition of " + service.id, condition}}};
  const std::string start = "systemctl start " + service.id;
  finding.fix = {condition.starts_with(path_prefix)
                     ? "rm " + condition.substr(path_prefix.size()) + " && " + start
                     : "meet the condition, then " + start};
  if (service.active()) {
    finding.severity = Severity::warning;
    finding.when = When::restart;
    if (condition.starts_with(path_prefix))
      finding.fix = {"rm " + condition.substr(path_prefix.size())};
  }
  return {finding};
}

} // namespace

extern const Check sshd_blocked;
const Check sshd_blocked{"sshd_blocked", ids, Needs::units | Needs::intent, run};

} // namespace sshguardd::checks
