// session.broken: people are authenticated, and then there is no session.
#include "parse/shell_word.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "session.broken",
    .title = "logins end before there is a session",
    .sees = "closed, reset",
    .when = "now",
    .remedy = "-",
    .explain =
        "The newest two logins of an account were let in, and ended at once: a PAM module that is "
        "missing or fails, a ChrootDirectory that others may write to or that is not there, no "
        "process left to start (TasksMax=, limits.conf). sshd's and PAM's own log lines tell it; "
        "lines of anybody else are not believed. It ends with the next login that gets its "
        "session, or ten minutes after the last one that did not. What can be seen without a login "
        "is told before one: a PAM module that is not there and whose line every login reaches, a "
        "ChrootDirectory that sshd refuses, a ForceCommand whose program is not there, and too few "
        "processes or open files left for a session: TasksMax= of sshd's unit or of a user's "
        "slice, kernel.pid_max, kernel.threads-max, fs.file-max. What limits.conf allows a user "
        "is told by the log alone.",
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

// How the limit is raised until the next boot.
std::string raise(const ReachedLimit& limit) {
  constexpr std::string_view tasks = "TasksMax of ";
  if (limit.name.starts_with(tasks))
    return "end what nobody needs (systemd-cgls), or systemctl set-property --runtime " +
           parse::shell_word(limit.name.substr(tasks.size())) +
           " TasksMax=" + std::to_string(2 * limit.most);
  return "end what nobody needs (ps -eLf, lsof), or sysctl " + limit.name + "=" +
         std::to_string(2 * limit.most);
}

// The kernel has nothing left to give.
Finding by_limit(const Snapshot& snapshot, const ReachedLimit& first) {
  const bool one_user = first.of == ReachedLimit::Of::user;
  const AccountKeys* account = nullptr;
  if (one_user && snapshot.accounts) {
    const auto& keys = snapshot.accounts->keys;
    const auto found = std::ranges::find(keys, first.uid, &AccountKeys::uid);
    if (found != keys.end()) account = &*found;
  }
  const bool matters = !one_user || (account != nullptr && account->got_in);
  const std::string who = account != nullptr ? account->name : "uid " + std::to_string(first.uid);
  return {.id = ids[0].id,
          .subject = one_user ? who : "",
          .severity = matters ? Severity::critical : Severity::warning,
          .when = When::now,
          .sees = one_user || first.of == ReachedLimit::Of::sessions ? Sees::closed : Sees::reset,
          .summary = (one_user ? who + "'s new logins end at once: " : "no new session fits: ") +
                     first.name + " (" + std::to_string(first.most) + ") is used up",
          .fix = {raise(first)},
          .settle = std::chrono::seconds{5}}; // a build may take it all for a moment
}

Finding leading(const Snapshot& snapshot, const std::vector<ReachedLimit>& limits,
                const std::vector<SessionObstacle>& obstacles,
                const std::vector<BrokenSession>& sessions) {
  if (!obstacles.empty()) return by_obstacle(obstacles.front());
  return sessions.empty() ? by_limit(snapshot, limits.front()) : by_log(sessions.front());
}

// Nothing can be written there, which some modules of PAM have to (pam_lastlog, pam_mkhomedir).
const FileSystem* without_room(const Snapshot& snapshot) {
  if (!snapshot.disks) return nullptr;
  for (const FileSystem& one : snapshot.disks->file_systems) {
    const bool full = one.space && ((one.full && one.space->used_percent() >= 100) ||
                                    (one.inodes_full && one.space->inodes_percent() >= 100));
    const bool given_up = one.read_only && one.was_writable && !one.read_only_by_design;
    if (one.vital && (full || given_up)) return &one;
  }
  return nullptr;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const std::vector<ReachedLimit>& limits = snapshot.limits.reached;
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
  if (sessions.empty() && obstacles.empty() && limits.empty()) return {};
  Finding finding = leading(snapshot, limits, obstacles, sessions);
  const FileSystem* full = obstacles.empty() ? without_room(snapshot) : nullptr;
  if (full != nullptr && !sessions.empty() && sessions.front().words.starts_with("PAM: ")) {
    finding.fix.insert(finding.fix.begin(), "make " + parse::shell_word(full->mount) +
                                                " writable again: PAM may have to write there");
    finding.evidence.push_back({full->mount, "nothing can be written there"});
  }
  for (const SessionObstacle& one : obstacles)
    finding.evidence.push_back(
        {one.place, one.why + (one.account.empty() ? "" : " (" + one.account + ")")});
  for (const BrokenSession& one : sessions)
    finding.evidence.push_back(
        {one.account, one.words + " (" + std::to_string(one.logins) + " logins in a row)"});
  for (const ReachedLimit& one : limits)
    finding.evidence.push_back({one.name, std::to_string(one.most) + ", all used"});
  return {finding};
}

} // namespace

extern const Check session_broken;
const Check session_broken{"session_broken", ids, Needs::nothing, run}; // comes on top of the rest

} // namespace sshguardd::checks
