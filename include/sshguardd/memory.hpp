// Whom the kernel has killed for memory, as control groups count it (memory.events: oom_kill).
#pragma once

#include "sshguardd/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd {

// One that lost processes while the agent looked.
struct MemoryKills {
  std::string group; // "/system.slice/ssh.service", "/user.slice/user-1000.slice"
  bool sshd = false; // sshd's own: the listener, or connections that nobody has logged in with yet
  std::uint64_t killed = 0; // since the agent first looked
  BootTime last{};          // when the number last rose, as far as the agent saw

  bool operator==(const MemoryKills&) const = default;
};

struct Memory {
  std::vector<MemoryKills> kills;  // of the last hour
  std::vector<std::string> kernel; // what the kernel said of its victims, the newest first

  // So long a kill is worth telling.
  static constexpr std::chrono::hours counts{1};
};

} // namespace sshguardd
