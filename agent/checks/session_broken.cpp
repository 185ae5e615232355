// session.broken: people are authenticated, and then there is no session.
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "session.broken",
    .title = "logins end before there is a session",
    .sees = "closed",
    .when = "now",
    .remedy = "-",
    .explain =
        "The newest two logins of an account were let in, and ended at once: a PAM module that is "
        "missing or fails, a ChrootDirectory that others may write to or that is not there, no "
        "process left to start (TasksMax=, limits.conf). sshd's and PAM's own log lines tell it; "
        "lines of anybody else are not believed. It ends with the next login that gets its "
        "session, or ten minutes after the last one that did not. What can be seen without a login "
        "is told before one: a PAM module that is not there and whose line every login reaches, a "
        "ChrootDirectory that sshd refuses, a ForceCommand whose program is not there.",
    .fix = "what sshd's words say; then try a new login before the last session is closed",
    .mended = "logins get their session",
    .passes = true,
}};

// "PAM unable to dlopen(pam_x.so): ...": the module as a word that can be typed, or nothing.
std::string module_of(std::string_view words) {
  constexpr std::string_view start = "dlopen(";
  const std::size_t at = words.find(start);
  const std::size_t end = words.find(')');
  if (at == std::string_view::npos || end == std::string_view::npos || end < at) return {};
  const std::string module{words.substr(at + start.size(), end - at - start.size())};
  return parse::shell_word(module) == module ? module : std::string{};
}

// What a person looks at first, by sshd's own words.
std::string first_step(std::string_view words) {
  const std::string module = module_of(words);
  if (!module.empty()) return "grep -rn " + module + " /etc/pam.d";
  if (words.starts_with("PAM")) return "grep -n session /etc/pam.d/sshd";
  if (words.find("chroot") != std::string_view::npos) return "sshd -T | grep -i chrootdirectory";
  if (words.find("fork") != std::string_view::npos)
    return "grep -rn nproc /etc/security; systemctl show -p TasksMax user.slice";
  return "journalctl -t sshd -t sshd-session --since=-10min";
}

// From sshd's own words.
Finding by_log(const BrokenSession& first) {
  return {.id = ids[0].id,
          .subject = first.account,
          .severity = Severity::critical,
          .when = When::now,
          .sees = Sees::closed,
          .summary = first.account + "'s logins end at once: " + first.words,
          .fix = {first_step(first.words)}};
}

// By looking.
Finding by_obstacle(const SessionObstacle& first) {
  const bool all = first.account.empty();
  return {.id = ids[0].id,
          .subject = first.account,
          .severity = all || first.got_in ? Severity::critical : Severity::warning,
          .when = When::now,
          .sees = Sees::closed,
          .summary =
              all ? "every login ends at once: " + first.why
                  : first.account + "'s logins end at once: " + first.place + ": " + first.why,
          .fix = {first.mend}};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  std::vector<SessionObstacle> obstacles;
  if (snapshot.accounts) obstacles = snapshot.accounts->obstacles;
  // Those that matter first.
  std::ranges::stable_sort(obstacles, [](const SessionObstacle& one, const SessionObstacle& other) {
    const auto rank = [](const SessionObstacle& it) {
      return it.account.empty() ? 0 : it.got_in ? 1 : 2;
    };
    return rank(one) < rank(other);
  });
  std::vector<BrokenSession> sessions;
  if (snapshot.auth) sessions = snapshot.auth->broken_sessions;
  if (sessions.empty() && obstacles.empty()) return {};
  Finding finding = obstacles.empty() ? by_log(sessions.front()) : by_obstacle(obstacles.front());
  for (const SessionObstacle& one : obstacles)
    finding.evidence.push_back(
        {one.place, one.why + (one.account.empty() ? "" : " (" + one.account + ")")});
  for (const BrokenSession& one : sessions)
    finding.evidence.push_back(
        {one.account, one.words + " (" + std::to_string(one.logins) + " logins in a row)"});
  return {finding};
}

} // namespace

extern const Check session_broken;
const Check session_broken{"session_broken", ids, Needs::nothing, run}; // comes on top of the rest

} // namespace sshguardd::checks
