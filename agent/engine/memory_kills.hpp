// What control groups count of kills for memory, from one look to the next: whom it hit while the
// agent looked.
#pragma once

#include "sshguardd/memory.hpp"
#include "sshguardd/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sshguardd::engine {

class MemoryKillCounter {
public:
  // The number of one group at this look.
  void count(const std::string& group, bool sshd, std::uint64_t killed, BootTime now);
  // Another run of sshd: of one that was killed its unit tells. What its group has counted so far
  // is nobody's news.
  void forget_sshd(const std::string& group, std::uint64_t killed);
  // All groups of this look were counted.
  void looked(BootTime now);

  [[nodiscard]] const std::vector<MemoryKills>& kills() const { return kills_; }

private:
  bool first_ = true; // what was so before the agent came is no news
  std::map<std::string, std::uint64_t> known_;
  std::vector<MemoryKills> kills_;
};

} // namespace sshguardd::engine
