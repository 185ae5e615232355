// auth.attack: many failed logins, and who tries.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "auth.attack",
    .title = "many failed logins",
    .sees = "none",
    .when = "now",
    .remedy = "-",
    .explain =
        "More than twenty logins a minute have failed on average of the last five minutes. By "
        "itself that locks nobody out, and the agent blocks nobody: it is worth knowing because "
        "sshd's own limits (MaxStartups, PerSourcePenalties) and a blocker (fail2ban, SSHGuard) "
        "may meet the wrong ones. Of a flood not all lines are read: there may be more.",
    .fix = "allow only who should get in (firewall), keys instead of passwords, or a blocker",
    .mended = "the attack is over",
    .passes = true,
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  if (!snapshot.auth || !snapshot.auth->attack()) return {};
  const std::string rate = std::to_string(snapshot.auth->failures_per_minute);
  Finding finding{.id = ids[0].id,
                  .subject = "sshd",
                  .severity = Severity::info,
                  .when = When::now,
                  .sees = Sees::none,
                  .summary = "at least " + rate + " failed logins a minute",
                  .fix = {std::string{ids[0].fix}}};
  for (const AuthTries& source : snapshot.auth->top)
    finding.evidence.push_back({source.source, std::to_string(source.tries) + " in five minutes"});
  return {finding};
}

} // namespace

extern const Check auth_attack;
const Check auth_attack{"auth_attack", ids, Needs::nothing, run}; // worth knowing where it is known

} // namespace sshguardd::checks
