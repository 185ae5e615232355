// The only place where clocks are read.
#pragma once

#include "sshguardd/time.hpp"

#include <chrono>

namespace sshguardd::host {

[[nodiscard]] Now now();

// A moment of CLOCK_MONOTONIC; no earlier than it was, where the machine has slept since.
[[nodiscard]] BootTime boot_time_of(std::chrono::microseconds monotonic);

} // namespace sshguardd::host
