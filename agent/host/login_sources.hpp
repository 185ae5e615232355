// From where people logged in over SSH, of this instance, newest first.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sshguardd::host {

inline constexpr std::size_t most_sources = 16;

class LoginSources {
public:
  // At each look; the record is read when it, or the day, is another. True: somebody has logged in
  // since the last time, from the first of them.
  bool refresh(const Fact<Instance>& instance, WallTime now);

  // Addresses as text, each once; of the last 90 days.
  [[nodiscard]] const std::vector<std::string>& list() const { return list_; }

private:
  std::string record_;          // identity of its file; empty: there is none
  bool instance_known_ = false; // at the last look: a record that comes then is no old one
  std::chrono::sys_days day_{};
  std::vector<std::string> list_;
};

} // namespace sshguardd::host
