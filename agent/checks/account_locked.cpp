// account.locked: an account that got in before and is locked or has expired; or soon will be.
#include "checks/key_losses.hpp"
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "account.locked",
    .title = "an account is locked or has expired, or soon will",
    .sees = "denied, closed",
    .when = "now, soon",
    .remedy = "-",
    .explain =
        "By shadow(5), as this sshd judges it. With UsePAM yes an expired account, and one whose "
        "password is too old to be changed, is turned away after its key was taken "
        "(pam_unix, \"Connection closed\"); a password that is locked (`!`) keeps no key out. "
        "With UsePAM no sshd itself refuses the expired and the locked. A shell that is not there "
        "lets nobody in either, one like nologin says goodbye; and without its home (on a file "
        "system that is not mounted, say) an account has no key. Told of accounts that logged in "
        "within the last 90 days, as the agent's own record has it; and a week before it happens, "
        "of all that have a way in now. Where it is meant, [accept] in sshguardd.conf says so.",
    .fix = "chage -l ACCOUNT; chage -E -1 ACCOUNT, usermod -U ACCOUNT, or what is named",
    .mended = "account in order",
}};

std::string date(std::int64_t day) {
  const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{day}}};
  char text[32] = {};
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
  return text;
}

std::string command(const Account& account) {
  return account.mend + " " + parse::shell_word(account.name);
}

Finding locked(const Account& account) {
  const std::vector<std::string> mend =
      account.mend.empty() ? std::vector<std::string>{"mount -a, or put the home back",
                                                      "ls -ld " + parse::shell_word(account.home)}
                           : std::vector<std::string>{
                                 command(account), "chage -l " + parse::shell_word(account.name)};
  return {.id = ids[0].id,
          .subject = account.name,
          .severity = Severity::critical,
          .when = When::now,
          .sees = account.closed ? Sees::closed : Sees::denied,
          .summary = account.name + " " + account.locked,
          .evidence = {{"before", account.name + " logged in within 90 days"}},
          .fix = mend};
}

// Without the number of days: it is told once.
Finding soon(const Account& account) {
  return {.id = ids[0].id,
          .subject = account.name,
          .severity = Severity::warning,
          .when = When::soon,
          .sees = account.closed ? Sees::closed : Sees::denied,
          .summary = account.name + " will be kept out from " + date(account.soon_day) +
                     " on: " + account.soon,
          .evidence = {{"shadow(5)", date(account.soon_day)}},
          .fix = {command(account), "chage -l " + parse::shell_word(account.name)}};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const std::int64_t today =
      std::chrono::floor<std::chrono::days>(snapshot.taken.wall).time_since_epoch().count();
  std::vector<Finding> findings;
  for (const Account& account : snapshot.accounts->accounts) {
    if (lost_all_keys(*snapshot.accounts, account)) continue;
    if (account.got_in && !account.locked.empty())
      findings.push_back(locked(account));
    else if (!account.soon.empty() && account.soon_day - today <= days_before)
      findings.push_back(soon(account));
  }
  return not_too_many(std::move(findings));
}

} // namespace

extern const Check account_locked;
const Check account_locked{"account_locked", ids, Needs::accounts, run};

} // namespace sshguardd::checks
