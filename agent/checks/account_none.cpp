// account.none: nobody at all has a way in.
#include "checks/rule_place.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

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
    .fix = "put a public key into ~ACCOUNT/.ssh/authorized_keys, owned by the account, mode 0600; "
           "where a rule (AllowUsers and the like) shuts accounts out, change that",
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

// Of the accounts that rules shut out (the first of very many): how many, and by which rules.
struct ShutOut {
  std::size_t count = 0;
  std::vector<std::string> rules; // "AllowUsers (sshd_config:12)"

  [[nodiscard]] std::string by() const {
    std::string text;
    for (const std::string& rule : rules)
      text += (text.empty() ? "" : ", ") + rule;
    return text;
  }
};

ShutOut shut_out(const Snapshot& snapshot) {
  ShutOut out;
  for (const Account& account : snapshot.accounts->accounts) {
    if (account.excluded.empty()) continue;
    ++out.count;
    const std::string where = short_place(rule_place(snapshot, account.excluded_by));
    const std::string rule = account.excluded_by + (where.empty() ? "" : " (" + where + ")");
    if (std::ranges::find(out.rules, rule) == out.rules.end()) out.rules.push_back(rule);
  }
  return out;
}

std::string summary(const Accounts& accounts, const ShutOut& out) {
  std::string text =
      "no account has a way in: of " + std::to_string(accounts.people) + " with a login shell ";
  if (out.count > 0)
    text += std::to_string(out.count) + (out.count == 1 ? " is" : " are") + " shut out by " +
            out.by() + ", ";
  return text + std::to_string(accounts.keyed) +
         " have a key file, and none a key or password that lets it in";
}

std::vector<std::string> advice(const Accounts& accounts, const ShutOut& out) {
  std::vector<std::string> fix;
  if (out.count > 0) fix.push_back("change " + out.by());
  if (out.count < accounts.people)
    fix.emplace_back("put a public key into an account's ~/.ssh/authorized_keys");
  // Root's rule is meant more often than not.
  if (fix.size() == 2 && out.rules.size() == 1 && out.rules[0].starts_with("PermitRootLogin"))
    std::swap(fix[0], fix[1]);
  return fix;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Accounts& accounts = *snapshot.accounts;
  if (!accounts.ways_known || accounts.ways > 0 || !accounts.elsewhere.empty() ||
      !in_order(snapshot))
    return {};
  const bool now = has_read(snapshot.units->service, *snapshot.config);
  const LoginRules& rules = snapshot.effective->login;
  const ShutOut out = shut_out(snapshot);
  return {{.id = ids[0].id,
           .subject = "all accounts",
           .severity = now ? Severity::critical : Severity::warning,
           .when = now ? When::now : When::restart,
           .sees = Sees::denied,
           .summary = summary(accounts, out),
           .evidence = {{"sshd takes keys", rules.keys ? "yes" : "no"},
                        {"sshd takes passwords", rules.passwords ? "yes" : "no"},
                        {"PermitRootLogin", rules.permit_root}},
           .fix = advice(accounts, out),
           // Keys are exchanged as file by file.
           .settle = std::chrono::seconds{15}}};
}

} // namespace

extern const Check account_none;
const Check account_none{"account_none", ids, Needs::units | Needs::accounts, run};

} // namespace sshguardd::checks
