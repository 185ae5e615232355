// account.none: nobody at all has a way in.
#include "sshguardd/check.hpp"

#include <chrono>
#include <string>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "account.none",
    .title = "no account has a way in",
    .sees = "denied",
    .when = "now, restart",
    .remedy = "-",
    .explain =
        "No account with a login shell has a key that sshd would read, or a password where sshd "
        "takes passwords, and is let in by sshd's rules and by shadow(5): whoever comes sees "
        "`Permission denied`. Not told where accounts or keys may come from elsewhere (a name "
        "service, AuthorizedKeysCommand, certificates, GSSAPI, host based authentication, PAM "
        "modules that know other passwords), where a Match block asks for the client, where not "
        "everything could be looked at, and while the machine boots, is provisioned, or sshd is "
        "down.",
    .fix = "put a public key into ~ACCOUNT/.ssh/authorized_keys, owned by the account, mode 0600",
    .mended = "somebody has a way in",
}};

// The machine is set up, and sshd is there to be asked.
bool in_order(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  const std::string& state = units.system_state;
  return units.up() && (state == "running" || state == "degraded") && snapshot.effective &&
         snapshot.config && snapshot.config_test && snapshot.config_test->passed &&
         snapshot.instance && snapshot.instance->provisioned && snapshot.intent &&
         !snapshot.intent->installing();
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Accounts& accounts = *snapshot.accounts;
  if (!accounts.ways_known || accounts.ways > 0 || !accounts.elsewhere.empty() ||
      !in_order(snapshot))
    return {};
  const bool now = has_read(snapshot.units->service, *snapshot.config);
  const LoginRules& rules = snapshot.effective->login;
  return {{.id = ids[0].id,
           .subject = "all accounts",
           .severity = now ? Severity::critical : Severity::warning,
           .when = now ? When::now : When::restart,
           .sees = Sees::denied,
           .summary = "no account has a way in: of " + std::to_string(accounts.people) +
                      " with a login shell " + std::to_string(accounts.keyed) +
                      " have a key file, and none a key or password that lets it in",
           .evidence = {{"sshd takes keys", rules.keys ? "yes" : "no"},
                        {"sshd takes passwords", rules.passwords ? "yes" : "no"},
                        {"PermitRootLogin", rules.permit_root}},
           .fix = {"put a public key into an account's ~/.ssh/authorized_keys"},
           // Keys are exchanged as file by file.
           .settle = std::chrono::seconds{15}}};
}

} // namespace

extern const Check account_none;
const Check account_none{"account_none", ids, Needs::units | Needs::accounts, run};

} // namespace sshguardd::checks
