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
        "Lines of /etc/sshguardd/sshguardd.conf could not be used. The default of each such key "
        "is in force; everything else is used as written.",
    .fix = "mend the lines that are named, then: systemctl restart sshguardd",
    .mended = "sshguardd.conf mended",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  const std::vector<std::string>& errors = snapshot.self->config_errors;
  if (errors.empty()) return {};
  Finding finding{.id = ids[0].id,
                  .subject = "sshguardd.conf",
                  .severity = Severity::warning,
                  .when = When::now,
                  .summary = "sshguardd's configuration: " + errors[0],
                  .fix = {"mend it, then: systemctl restart sshguardd"}};
  for (const std::string& error : errors)
    finding.evidence.push_back({"configuration", error});
  return {finding};
}

} // namespace

extern const Check agent_config;
const Check agent_config{"agent_config", ids, Needs::self, run};

} // namespace sshguardd::checks
