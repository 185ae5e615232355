// agent.config: errors in the agent's own configuration. It runs all the same, with its defaults.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "agent.config",
    .title = "errors in sshguardd's own configuration",
    .sees = "none",
    .when = "now",
    .remedy = "-",
    .explain =
        "Lines of /etc/sshguardd/sshguardd.conf, or of a file in sshguardd.conf.d beside it, could "
        "not be used. At the agent's start such a key keeps its default (or what an earlier file "
        "gave it) and everything else is used as written; at a reload nothing is used, and the "
        "configuration before it stays in force.",
    .fix = "mend the lines that are named (sshguardctl config --check names them too), then: "
           "systemctl reload sshguardd",
    .mended = "sshguardd.conf mended",
}};

// On the console there is no room for the directory.
std::string short_form(const std::string& error) {
  constexpr std::string_view directory = "/etc/sshguardd/";
  return error.starts_with(directory) ? error.substr(directory.size()) : error;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const std::vector<std::string>& errors = snapshot.self->config_errors;
  if (errors.empty()) return {};
  Finding finding{.id = ids[0].id,
                  .subject = "sshguardd.conf",
                  .severity = Severity::warning,
                  .when = When::now,
                  .summary = (snapshot.self->config_refused
                                  ? "not reloaded, the old configuration is in force: "
                                  : "") +
                             short_form(errors[0]),
                  .fix = {"mend it, then: systemctl reload sshguardd"}};
  for (const std::string& error : errors)
    finding.evidence.push_back({"configuration", error});
  finding.evidence.push_back({"in force", snapshot.self->config_refused
                                              ? "all of the configuration before the reload"
                                              : "the default of each key that is named"});
  return {finding};
}

} // namespace

extern const Check agent_config;
const Check agent_config{"agent_config", ids, Needs::self, run};

} // namespace sshguardd::checks
