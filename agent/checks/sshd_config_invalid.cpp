// sshd.config-invalid: sshd itself refuses its configuration, now or at its next start.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.config-invalid",
    .title = "sshd refuses its configuration",
    .sees = "refused",
    .when = "now, restart",
    .remedy = "opt-in: rollback",
    .explain =
        "`sshd -t`, run with the options and the environment of the unit itself, fails. A "
        "running sshd goes on with what it read at its start; a restart, a reload by SIGHUP or "
        "a boot would leave nothing listening. A missing /run/sshd alone is not taken for a "
        "broken configuration: the directory is the unit's own. The agent keeps the last "
        "configuration with which somebody logged in; `sshguardctl rollback` goes back to it, and "
        "so does the agent, if it may, when sshd is down for a broken one.",
    .fix = "mend the line that is named, then run: sshd -t; or go back: sshguardctl rollback",
    .mended = "config mended",
}};

// Short names for the console: files under /etc/ssh without that prefix.
std::string place(const ConfigError& error) {
  const std::string_view prefix = "/etc/ssh/";
  std::string name = error.file.starts_with(prefix) ? error.file.substr(prefix.size()) : error.file;
  if (error.line > 0) name += ":" + std::to_string(error.line);
  return name;
}

bool on_its_way(const SshUnits& units) {
  return units.service.job_queued || units.service.active_state == "activating";
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const ConfigTest& test = *snapshot.config_test;
  if (test.passed || test.no_hostkeys) return {}; // the latter is sshd.hostkeys-missing
  const SshUnits& units = *snapshot.units;

  const ConfigError first =
      test.errors.empty() ? ConfigError{"", 0, "sshd -t failed and said nothing"} : test.errors[0];
  const std::string where = place(first);
  Finding finding{.id = ids[0].id,
                  .subject = first.file.empty() ? "sshd -t"
                             : first.line > 0   ? first.file + ":" + std::to_string(first.line)
                                                : first.file,
                  .severity = Severity::critical,
                  .when = When::now,
                  .sees = units.socket.active() ? Sees::reset : Sees::refused,
                  .summary =
                      (where.empty() ? "sshd -t: " : where + " ") + "\"" + first.message + "\""};
  if (units.service.active()) {
    finding.severity = Severity::warning;
    finding.when = When::restart;
    finding.sees = Sees::refused;
  }
  if (!units.up() && snapshot.served_by_another()) {
    finding.severity = Severity::warning;
    finding.when = When::restart;
  }
  // While systemd is still at it, it may yet make what is missing (host keys at a first boot).
  if (!units.up() && on_its_way(units))
    finding.settle = units.system_state == "starting" ? std::chrono::seconds{30}
                                                      : std::chrono::milliseconds{1500};
  for (const ConfigError& error : test.errors) {
    const std::string at = place(error);
    finding.evidence.push_back({"sshd -t", (at.empty() ? "" : at + ": ") + error.message});
  }
  std::string command;
  for (const std::string& word : test.command)
    command += (command.empty() ? "" : " ") + word;
  finding.fix = {first.line > 0 ? "fix line " + std::to_string(first.line)
                                : "mend what sshd -t names",
                 "check it: " + command};
  if (snapshot.known_good && snapshot.known_good->differs) {
    finding.fix.emplace_back("or go back to the last configuration that let somebody log in: "
                             "sshguardctl rollback --dry-run");
    // A socket that listens before a service which fails resets everybody.
    if (!units.service.active() && snapshot.config)
      finding.remedy = RollBackConfig{snapshot.config->main_file, test.fingerprint};
  }
  return {finding};
}

} // namespace

extern const Check sshd_config_invalid;
const Check sshd_config_invalid{"sshd_config_invalid", ids, Needs::units | Needs::config_test, run};

} // namespace sshguardd::checks
