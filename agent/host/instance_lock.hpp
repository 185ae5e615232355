// Whoever heals and writes the ledger holds /run/sshguardd/lock: the agent while it runs,
// sshguardctl while it does the agent's work without one.
#pragma once

#include "host/fd.hpp"

#include <string>

namespace sshguardd::host {

class InstanceLock {
public:
  enum class Answer { taken, held, failed };
  // Never waits. Makes the directory where it is missing. held, failed: problem() says why.
  [[nodiscard]] Answer take();
  [[nodiscard]] bool mine() const { return static_cast<bool>(fd_); }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Of held: by a sshguardd that lives.
  [[nodiscard]] bool held_by_agent() const { return problem_.ends_with(" (sshguardd)"); }

private:
  Answer failed(const char* path);

  Fd fd_;
  std::string problem_;
};

} // namespace sshguardd::host
