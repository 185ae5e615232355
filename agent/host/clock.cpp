#include "host/clock.hpp"

#include <ctime>

namespace sshguardd::host {
namespace {

std::chrono::microseconds read_clock(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return std::chrono::seconds{ts.tv_sec} + std::chrono::duration_cast<std::chrono::microseconds>(
                                               std::chrono::nanoseconds{ts.tv_nsec});
}

} // namespace

Now now() {
  return {BootTime{read_clock(CLOCK_BOOTTIME)}, WallTime{read_clock(CLOCK_REALTIME)}};
}

BootTime boot_time_of(std::chrono::microseconds monotonic) {
  return BootTime{monotonic + (read_clock(CLOCK_BOOTTIME) - read_clock(CLOCK_MONOTONIC))};
}

} // namespace sshguardd::host
