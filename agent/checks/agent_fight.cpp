// agent.fight: somebody undoes what the agent heals. It steps back.
#include "checks/held_remedy.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "agent.fight",
    .title = "somebody undoes what sshguardd heals",
    .sees = "none",
    .when = "now",
    .remedy = "-",
    .explain =
        "Twice within an hour a remedy was verified to have helped, and somebody undid it: sshd "
        "was stopped, or killed by SIGKILL or SIGTERM, or a file was changed back. A crash of its "
        "own does not count, nor what happens while packages are installed, or while the machine "
        "boots or goes down. A kill for memory that systemd does not know of looks like a "
        "person's: see journalctl -k. The agent "
        "leaves the subject alone until nothing has changed there for an hour, until sshd's "
        "configuration, unit or binary change, or until `sshguardctl heal ID --once` or "
        "`sshguardctl resume`.",
    .fix = "find out who stops it (configuration management, a script, a person): "
           "journalctl -u ssh.service",
    .mended = "the undoing ended",
    .passes = true,
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const HeldRemedy& held : snapshot.self->fights)
    findings.push_back(
        {.id = ids[0].id,
         .subject = held.subject,
         .severity = Severity::warning,
         .when = When::now,
         .summary = "somebody undid the " + held.remedy + " of " + held.subject +
                    " twice within an hour; the agent leaves it",
         .evidence = {{"times undone", std::to_string(held.tries)}},
         .fix = {is_of_a_unit(held) ? "find out who stops it: journalctl -u " + held.subject
                                    : "find out who changes it: configuration management, a "
                                      "script, a person",
                 "then: sshguardctl resume"}});
  return findings;
}

} // namespace

extern const Check agent_fight;
const Check agent_fight{"agent_fight", ids, Needs::self, run};

} // namespace sshguardd::checks
