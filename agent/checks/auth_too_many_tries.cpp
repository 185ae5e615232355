// auth.too-many-tries: a client spent MaxAuthTries before it came to what would have let it in.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "auth.too-many-tries",
    .title = "a client spent all its tries",
    .sees = "denied",
    .when = "now",
    .remedy = "-",
    .explain =
        "sshd ends a connection after MaxAuthTries failed tries, and each key that a client offers "
        "is one. A key agent with many keys in it offers them all, so that the right one is never "
        "reached: the client sees `Too many authentication failures`. That is the client's to "
        "mend: "
        "it is to offer one key alone.",
    .fix = "at the client: ssh -o IdentitiesOnly=yes -i KEY USER@HOST",
    .mended = "nobody spends all tries any more",
    .passes = true,
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  if (!snapshot.auth || snapshot.auth->attack()) return findings;
  for (const AuthTries& tries : snapshot.auth->too_many_tries) {
    Finding finding{.id = ids[0].id,
                    .subject = tries.name,
                    .severity = Severity::info,
                    .when = When::now,
                    .sees = Sees::denied,
                    .client = "Received disconnect from HOST port PORT:2: Too many authentication "
                              "failures",
                    .summary = "a client of " + tries.name + " from " + tries.source +
                               " spent all its tries (MaxAuthTries), as one with many keys does",
                    .fix = {"at the client: ssh -o IdentitiesOnly=yes -i KEY USER@HOST"}};
    finding.evidence.push_back({"connections in ten minutes", std::to_string(tries.tries)});
    finding.evidence.push_back({"from", tries.source});
    findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace

extern const Check auth_too_many_tries;
const Check auth_too_many_tries{"auth_too_many_tries", ids, Needs::nothing,
                                run}; // worth knowing where it is known

} // namespace sshguardd::checks
