// One of the commands of a remedy that systemd-run(1) is waited for with (engine/systemd_run).
#pragma once

#include "host/child.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace sshguardd::host {

// How all of them ended.
struct StepsEnd {
  std::optional<std::string> error;
  std::string brought; // what they came to, for people; or empty
  bool late = false;   // systemd may still be at it: its unit is to be stopped
};

// Beyond systemd's own deadline: it is the one that ends the command.
inline constexpr auto beyond_systemd = std::chrono::seconds{2};

// "resize2fs: Permission denied"; nothing where it did what it should.
[[nodiscard]] std::optional<std::string> why_failed(const ChildResult& result,
                                                    const std::string& program);

} // namespace sshguardd::host
