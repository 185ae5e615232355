// agent.selftest: something that the agent itself needs does not work. It runs all the same.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "agent.selftest",
    .title = "sshguardd cannot do a part of its work here",
    .sees = "none",
    .when = "now",
    .remedy = "-",
    .explain =
        "At its start the agent tries what it relies on: the console, its runtime directory, "
        "starting a child process, watching files. What fails is listed; all else goes on.",
    .fix = "see the evidence; journalctl -u sshguardd has the details",
    .mended = "sshguardd's self-test passed",
    .passes = true,
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  const std::vector<std::string>& problems = snapshot.self->problems;
  if (problems.empty()) return {};
  Finding finding{.id = ids[0].id,
                  .subject = "sshguardd",
                  .severity = Severity::warning,
                  .when = When::now,
                  .summary = "sshguardd itself: " + problems[0],
                  .fix = {"see: journalctl -u sshguardd"}};
  for (const std::string& problem : problems)
    finding.evidence.push_back({"self-test", problem});
  return {finding};
}

} // namespace

extern const Check agent_selftest;
const Check agent_selftest{"agent_selftest", ids, Needs::self, run};

} // namespace sshguardd::checks
