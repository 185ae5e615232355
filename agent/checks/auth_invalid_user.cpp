// auth.invalid-user: somebody tries, again and again, a name that nobody has here.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "auth.invalid-user",
    .title = "tries for a name that does not exist",
    .sees = "denied",
    .when = "now",
    .remedy = "-",
    .explain =
        "A name that no account has was tried three times or more within ten minutes, from one "
        "address: a typing error, the name of another image (ubuntu, admin, ec2-user), or somebody "
        "who guesses. The client sees `Permission denied`, as with a wrong key. It is not told "
        "during an attack (auth.attack), when most names are invented.",
    .fix = "log in as an account that exists: `getent passwd` lists them",
    .mended = "nobody tries that name any more",
    .passes = true,
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  if (!snapshot.auth || snapshot.auth->attack()) return findings;
  for (const AuthTries& tries : snapshot.auth->invalid_users) {
    Finding finding{.id = ids[0].id,
                    .subject = tries.name,
                    .severity = Severity::info,
                    .when = When::now,
                    .sees = Sees::denied,
                    .summary = "no account \"" + tries.name + "\" here: " +
                               std::to_string(tries.tries) + " tries from " + tries.source,
                    .fix = {"log in as an account that exists: getent passwd"}};
    finding.evidence.push_back({"tries in ten minutes", std::to_string(tries.tries)});
    finding.evidence.push_back({"from", tries.source});
    if (snapshot.accounts)
      finding.evidence.push_back(
          {"accounts with a key file", std::to_string(snapshot.accounts->keyed)});
    findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace

extern const Check auth_invalid_user;
const Check auth_invalid_user{"auth_invalid_user", ids, Needs::nothing,
                              run}; // worth knowing where it is known

} // namespace sshguardd::checks
