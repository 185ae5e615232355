// Whom the kernel killed for memory: counted by control groups, two short files at each look.
#pragma once

#include "engine/memory_kills.hpp"
#include "host/kernel_log.hpp"
#include "host/loop.hpp"
#include "sshguardd/memory.hpp"
#include "sshguardd/time.hpp"
#include "sshguardd/units.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace sshguardd::host {

class MemoryReader {
public:
  MemoryReader(Loop& loop, std::function<void()> on_news);

  // At each look.
  [[nodiscard]] Memory read(const Unit& service, BootTime now);

private:
  KernelLog kernel_;
  engine::MemoryKillCounter counter_;
  bool first_ = true;
  std::uint32_t main_pid_ = 0;
  std::optional<std::uint64_t> sessions_; // of all together
};

} // namespace sshguardd::host
