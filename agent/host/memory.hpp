// Whom the kernel killed for memory: counted by control groups, two short files at each look.
#pragma once

#include "host/kernel_log.hpp"
#include "host/loop.hpp"
#include "sshguardd/memory.hpp"
#include "sshguardd/time.hpp"
#include "sshguardd/units.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

class MemoryReader {
public:
  MemoryReader(Loop& loop, std::function<void()> on_news);

  // At each look.
  [[nodiscard]] Memory read(const Unit& service, BootTime now);

private:
  void follow(const std::string& group, bool sshd, BootTime now);

  KernelLog kernel_;
  bool first_ = true; // what was so before is nobody's news
  std::uint32_t main_pid_ = 0;
  std::optional<std::uint64_t> sessions_; // of all together
  std::map<std::string, std::uint64_t> known_;
  std::vector<MemoryKills> kills_;
};

} // namespace sshguardd::host
