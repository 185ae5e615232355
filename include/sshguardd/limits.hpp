// What there are no more processes or open files for. Whoever comes then is let in and gets no
// session, or is not even asked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sshguardd {

struct ReachedLimit {
  // sshd's own control group; the slice of one user's sessions; that of all users'; the machine.
  enum class Of { sshd, user, sessions, machine } of = Of::machine;
  std::string name;      // "TasksMax of ssh.service", "kernel.pid_max", "fs.file-max"
  std::uint32_t uid = 0; // Of::user: whose
  std::uint64_t most = 0;
};

struct Limits {
  std::vector<ReachedLimit> reached; // no more than a few

  static constexpr std::size_t most = 8;
};

} // namespace sshguardd
