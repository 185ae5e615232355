// Whether somebody has logged in to this run of sshd, as the kernel tells it.
#pragma once

#include "sshguardd/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// A child of sshd's main process that lies in a session scope of systemd-logind's is the monitor
// of a connection whose user has been authenticated: only sshd makes children of its own, and only
// PID 1 moves processes into such a scope, when PAM opens the session. That he is let in is told by
// a process of his in that scope, which sshd has executed something in: a bad ChrootDirectory or
// a shell that lets nobody in comes after the scope. Names and log lines play no part. false also
// where nobody could look. Monitors that were there at `since` do not count.
[[nodiscard]] bool somebody_is_in(std::uint32_t main_pid, BootTime since);

// A session of systemd-logind's below sshd's main process: somebody whom sshd and PAM have let in.
struct SshSession {
  std::string scope; // "session-3.scope"
  std::uint32_t uid = 0;
  std::string from; // the client's address, as sshd told PAM (PAM_RHOST); empty: a name, or unknown
};
struct SshSessions {
  std::vector<SshSession> in;
  bool others = false; // children that are in none, or not yet
};
[[nodiscard]] SshSessions ssh_sessions(std::uint32_t main_pid);

// Whether a user's process with this program, so old, works for him.
[[nodiscard]] bool is_work(std::string_view exe, std::chrono::microseconds age);

// "0::/user.slice/user-1000.slice/session-3.scope", in any hierarchy of /proc/PID/cgroup.
[[nodiscard]] bool in_session_scope(std::string_view cgroup);

} // namespace sshguardd::host
