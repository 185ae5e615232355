// account.nologin: a nologin file keeps everybody but root out of a machine that is up.
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <chrono>
#include <string>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "account.nologin",
    .title = "a nologin file keeps everybody but root out",
    .sees = "closed",
    .when = "now",
    .remedy = "-",
    .explain =
        "While /run/nologin or /etc/nologin is there, pam_nologin turns everybody but root away "
        "after his key was taken; without PAM sshd itself does, for /etc/nologin. systemd makes "
        "/run/nologin when the machine boots or goes down, and removes it when the boot is done "
        "(systemd-user-sessions.service): outside of that somebody made it and forgot it, or a "
        "shutdown was called off by hand. `shutdown` makes it five minutes before a time that "
        "was set: then it is only told. root's logins are not touched.",
    .fix = "rm /run/nologin /etc/nologin, whichever is there",
    .mended = "nologin file gone",
}};

// A boot that never ends explains it no longer.
bool on_its_way(const Snapshot& snapshot) {
  const std::string& state = snapshot.units->system_state;
  if (state == "stopping") return true;
  return (state == "initializing" || state == "starting") &&
         snapshot.taken.boot.time_since_epoch() < PackageLock::patience;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Accounts& accounts = *snapshot.accounts;
  if (accounts.nologin.empty() || on_its_way(snapshot)) return {};
  // Where root alone has a way in, nobody misses it.
  const bool others = !accounts.ways_known || accounts.ways > (accounts.root_way ? 1U : 0U);
  const bool meant = accounts.shutdown_scheduled && accounts.nologin == "/run/nologin";
  Finding finding{.id = ids[0].id,
                  .subject = accounts.nologin,
                  .severity = others && !meant ? Severity::critical : Severity::info,
                  .when = When::now,
                  .sees = Sees::closed,
                  .summary = accounts.nologin + " keeps everybody but root out",
                  .settle = std::chrono::seconds{3}};
  if (meant) {
    finding.summary += ": a shutdown is scheduled";
    finding.fix = {"shutdown -c calls it off"};
  } else {
    finding.fix = {"rm " + parse::shell_word(accounts.nologin)};
  }
  if (!accounts.nologin_says.empty())
    finding.evidence.push_back({accounts.nologin, accounts.nologin_says});
  return {finding};
}

} // namespace

extern const Check account_nologin;
const Check account_nologin{"account_nologin", ids, Needs::units | Needs::accounts, run};

} // namespace sshguardd::checks
