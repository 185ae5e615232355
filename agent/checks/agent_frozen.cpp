// agent.frozen: a remedy was tried too often without lasting effect. A person is needed.
#include "checks/held_remedy.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "agent.frozen",
    .title = "sshguardd gave up on a remedy: it does not help",
    .sees = "none",
    .when = "now",
    .remedy = "-",
    .explain =
        "A remedy was tried seven times in a row without lasting effect, or ten times within a "
        "day. From then on it is tried once each 180 times [heal] back_off (30 minutes by "
        "default), and at once when sshd's configuration, unit or binary change, and after "
        "`sshguardctl heal ID --once` or `sshguardctl resume`. Ten minutes in which sshd answers "
        "reset the seven, also after a start by hand.",
    .fix = "find out why it does not last: journalctl -u ssh.service",
    .mended = "the cause removed",
}};

Finding finding_of(const HeldRemedy& held) {
  const std::string each =
      held.every.count() > 0 ? "; one more each " + std::to_string(held.every.count()) + " minutes"
                             : "";
  return {.id = ids[0].id,
          .subject = held.subject,
          .severity = Severity::warning,
          .when = When::now,
          .summary = "the agent gave up on the " + held.remedy + " of " + held.subject +
                     (held.in_a_day ? ", tried too often within a day"
                                    : ", tried too often without lasting effect") +
                     each,
          .evidence = {{held.in_a_day ? "tries within a day" : "tries in a row",
                        std::to_string(held.tries)}},
          .fix = {is_of_a_unit(held)
                      ? "find out why it does not last: journalctl -u " + held.subject
                      : "find out why it does not last: sshguardctl history",
                  "then: sshguardctl resume"}};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const HeldRemedy& held : snapshot.self->frozen)
    findings.push_back(finding_of(held));
  return findings;
}

} // namespace

extern const Check agent_frozen;
const Check agent_frozen{"agent_frozen", ids, Needs::self, run};

} // namespace sshguardd::checks
