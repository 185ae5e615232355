#include "host/logins.hpp"

#include "host/clock.hpp"
#include "host/files.hpp"
#include "parse/host_pattern.hpp"
#include "parse/proc.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dirent.h>
#include <systemd/sd-login.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t max_children = 4096;

std::vector<std::string> stat_of(const std::string& pid) {
  const auto stat = read_proc("/proc/" + pid + "/stat");
  if (!stat) return {};
  const auto fields = parse::stat_fields(*stat);
  return {fields.begin(), fields.end()};
}
constexpr std::size_t parent_field = 1;
constexpr std::size_t session_field = 3;
constexpr std::size_t start_field = 19;

bool is_child(const std::string& pid, const std::string& parent) {
  const auto stat = stat_of(pid);
  return stat.size() > parent_field && stat[parent_field] == parent;
}

// For kernels without CONFIG_PROC_CHILDREN.
std::vector<std::string> search_children(const std::string& parent) {
  std::vector<std::string> pids;
  const Directory processes = open_directory("/proc");
  if (!processes) return pids;
  while (const dirent* entry = readdir(processes.get())) {
    const std::string name = entry->d_name;
    if (name[0] >= '1' && name[0] <= '9' && is_child(name, parent)) pids.push_back(name);
    if (pids.size() == max_children) break;
  }
  return pids;
}

std::vector<std::string> children(const std::string& pid) {
  const auto text = read_proc("/proc/" + pid + "/task/" + pid + "/children");
  if (!text) return search_children(pid);
  std::vector<std::string> pids;
  for (std::size_t start = 0; start < text->size() && pids.size() < max_children;) {
    const std::size_t end = std::min(text->find(' ', start), text->size());
    if (end > start) pids.push_back(text->substr(start, end - start));
    start = end + 1;
  }
  return pids;
}

// "1000" of "/user-1000.slice/session-3.scope".
std::string user_of(const std::string& cgroup) {
  const std::size_t scope = cgroup.find(".slice/session-");
  const std::size_t start = scope == std::string::npos ? scope : cgroup.rfind("user-", scope);
  return start == std::string::npos ? "" : cgroup.substr(start + 5, scope - start - 5);
}

// The real user id in /proc/PID/status.
bool has_user(const std::string& pid, const std::string& user) {
  const auto status = read_proc("/proc/" + pid + "/status");
  return status && !user.empty() && status->find("\nUid:\t" + user + "\t") != std::string::npos;
}

// Of "session-3.scope", by what pam_systemd told logind.
std::string remote_host(std::string_view scope) {
  constexpr std::string_view start = "session-";
  constexpr std::string_view end = ".scope";
  if (!scope.starts_with(start) || !scope.ends_with(end)) return {};
  const std::string id{scope.substr(start.size(), scope.size() - start.size() - end.size())};
  char* host = nullptr;
  if (sd_session_get_remote_host(id.c_str(), &host) < 0) return {};
  const std::unique_ptr<char, void (*)(void*)> owner{host, std::free};
  return parse::is_address(host) ? std::string{host} : std::string{};
}

// A tick is 10 ms, rounded down.
std::optional<BootTime> start_of(const std::vector<std::string>& stat) {
  if (stat.size() <= start_field) return std::nullopt;
  std::uint64_t ticks = 0;
  const std::string& text = stat[start_field];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ticks);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  const auto per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  return BootTime{std::chrono::microseconds{ticks * 1'000'000 / per_second}};
}

// sshd makes the user's process a session (setsid) before it enters the root directory, takes the
// user's id and executes his shell. Helpers of PAM and sshrc, which run before, have none of this.
bool is_users_work(const std::string& pid, const std::string& cgroup) {
  const auto stat = stat_of(pid);
  const auto start = start_of(stat);
  if (!start || stat[session_field] != pid || !has_user(pid, user_of(cgroup))) return false;
  char target[4096];
  const ssize_t size = readlink(("/proc/" + pid + "/exe").c_str(), target, sizeof target);
  if (size <= 0) return false;
  return is_work(std::string_view{target, static_cast<std::size_t>(size)}, now().boot - *start);
}

} // namespace

bool is_work(std::string_view exe, std::chrono::microseconds age) {
  if (exe.ends_with(" (deleted)")) exe.remove_suffix(10); // by an update
  const std::string_view name = exe.substr(exe.rfind('/') + 1);
  if (name == "nologin" || name == "false") return false;
  // Without exec: internal-sftp, or one that is about to fail, which is a matter of milliseconds.
  // Five seconds are far more than a loaded machine takes for that, and less than people transfer
  // files.
  if (name == "sshd" || name == "sshd-session" || name == "sshd-auth")
    return age >= std::chrono::seconds{5};
  return true;
}

bool in_session_scope(std::string_view cgroup) {
  const auto all_digits = [](std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  };
  for (std::size_t start = 0; start < cgroup.size();) {
    const std::size_t end = std::min(cgroup.find('\n', start), cgroup.size());
    const std::string_view line = cgroup.substr(start, end - start);
    start = end + 1;
    const std::size_t last = line.rfind('/');
    const std::size_t slice = last == std::string_view::npos || last == 0
                                  ? std::string_view::npos
                                  : line.rfind('/', last - 1);
    if (slice == std::string_view::npos) continue;
    const std::string_view scope = line.substr(last + 1);
    std::string_view user = line.substr(slice + 1, last - slice - 1);
    if (!scope.starts_with("session-") || !scope.ends_with(".scope")) continue;
    if (!user.starts_with("user-") || !user.ends_with(".slice")) continue;
    user.remove_prefix(5);
    user.remove_suffix(6);
    if (all_digits(user) && line.substr(0, slice).ends_with("/user.slice")) return true;
  }
  return false;
}

SshSessions ssh_sessions(std::uint32_t main_pid) {
  SshSessions sessions;
  const std::string main = std::to_string(main_pid);
  for (const std::string& pid : children(main)) {
    const auto cgroup = read_proc("/proc/" + pid + "/cgroup");
    // Asked afterwards: the number may have been given to another process meanwhile.
    if (!cgroup || !is_child(pid, main)) continue;
    const std::string user = user_of(*cgroup);
    const std::size_t scope = cgroup->find("/session-");
    SshSession session;
    const auto [end, error] = std::from_chars(user.data(), user.data() + user.size(), session.uid);
    if (!in_session_scope(*cgroup) || user.empty() || error != std::errc{} ||
        end != user.data() + user.size() || scope == std::string::npos) {
      sessions.others = true;
      continue;
    }
    session.scope = cgroup->substr(scope + 1, cgroup->find_first_of("/\n", scope + 1) - scope - 1);
    session.from = remote_host(session.scope);
    sessions.in.push_back(std::move(session));
  }
  return sessions;
}

bool somebody_is_in(std::uint32_t main_pid, BootTime since) {
  const std::string main = std::to_string(main_pid);
  const auto pids = children(main);
  return std::ranges::any_of(pids, [&main, since](const std::string& pid) {
    const auto start = start_of(stat_of(pid));
    if (!start || *start < since) return false;
    const auto cgroup = read_proc("/proc/" + pid + "/cgroup");
    if (!cgroup || !in_session_scope(*cgroup)) return false;
    // Without a process of its own for the user (root) the shell is the monitor's child.
    std::vector<std::string> below = children(pid);
    for (const std::string& child : std::vector<std::string>{below})
      std::ranges::move(children(child), std::back_inserter(below));
    const bool works = std::ranges::any_of(below, [&cgroup](const std::string& one) {
      const auto own = read_proc("/proc/" + one + "/cgroup");
      return own && *own == *cgroup && is_users_work(one, *cgroup);
    });
    // Asked again afterwards: the number may have been given to another process meanwhile.
    return works && is_child(pid, main);
  });
}

} // namespace sshguardd::host
