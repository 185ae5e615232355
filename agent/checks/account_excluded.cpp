// account.excluded: an account that got in before, and that a rule shuts out now.
#include "checks/key_losses.hpp"
#include "checks/rule_place.hpp"
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "account.excluded",
    .title = "a rule shuts out an account that got in before",
    .sees = "denied, closed",
    .when = "now, restart",
    .remedy = "-",
    .explain =
        "AllowUsers, DenyUsers, AllowGroups, DenyGroups or PermitRootLogin (also from Match blocks "
        "for a user or a group), the methods that sshd takes, or /etc/security/access.conf where "
        "PAM uses pam_access, let this account in from nowhere. It has logged in within the last "
        "90 days, as the agent's own record has it. What was so when the agent first looked is "
        "meant, and so is what keeps out accounts that never came. Rules for clients (USER@HOST, "
        "Match Address) are judged for the address that the account came from the last time, "
        "where it is known; Match blocks that ask for a host's name or for where sshd listens are "
        "not decided here. As long as "
        "sshd has not read the file it comes at its next restart or reload. Where it is meant, "
        "[accept] in sshguardd.conf says so.",
    .fix = "change the rule that is named, then reload sshd",
    .mended = "rule changed",
}};

std::string advice(const Account& account, const std::string& where) {
  const std::string& by = account.excluded_by;
  const std::string at = where.empty() ? by : short_place(where);
  if (by == "AllowUsers") return "add " + account.name + " to " + at;
  if (by == "AllowGroups") return "add a group of " + account.name + "'s to " + at;
  if (by == "PermitRootLogin")
    return "PermitRootLogin prohibit-password" + (where.empty() ? "" : ": " + at);
  if (by == "pam_access") return "let " + account.name + " in by /etc/security/access.conf";
  return "change " + at;
}

Finding finding_of(const Snapshot& snapshot, const Account& account) {
  const bool by_pam = account.excluded_by == "pam_access";
  const bool now =
      by_pam || !snapshot.config || has_read(snapshot.units->service, *snapshot.config);
  const std::string where = rule_place(snapshot, account.excluded_by);
  Finding finding{.id = ids[0].id,
                  .subject = account.name,
                  .severity = now ? Severity::critical : Severity::warning,
                  .when = now ? When::now : When::restart,
                  .sees = by_pam ? Sees::closed : Sees::denied,
                  .summary = account.name + " " + account.excluded,
                  .evidence = {{"rule", account.excluded_by},
                               {"before", account.name + " logged in within 90 days"}},
                  .fix = {advice(account, where)}};
  if (!by_pam && now)
    finding.fix.push_back("systemctl reload " + parse::shell_word(snapshot.units->service.id));
  if (!where.empty()) finding.evidence.push_back({"line", where});
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const Account& account : snapshot.accounts->accounts) {
    if (account.got_in && !account.excluded.empty() && !lost_all_keys(*snapshot.accounts, account))
      findings.push_back(finding_of(snapshot, account));
  }
  return not_too_many(std::move(findings));
}

} // namespace

extern const Check account_excluded;
const Check account_excluded{"account_excluded", ids, Needs::units | Needs::accounts, run};

} // namespace sshguardd::checks
