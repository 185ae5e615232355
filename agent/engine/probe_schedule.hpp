// When the next probe of sshd is due. Each costs a log line of sshd's and counts against its
// limits for loopback (PerSourcePenalties), so that they are few and never close together.
#pragma once

#include "sshguardd/config.hpp"
#include "sshguardd/time.hpp"

#include <chrono>
#include <optional>

namespace sshguardd::engine {

struct ProbeSettings {
  std::chrono::seconds interval{900}; // while all is well
  std::chrono::seconds retry{5};      // after a failure, at least
  std::chrono::seconds timeout{8};
};

[[nodiscard]] constexpr ProbeSettings probe_settings(const Config& config) {
  return {config.probe_interval, config.probe_retry, config.probe_timeout};
}

// What is known of one run of sshd.
struct ProbeHistory {
  std::optional<BootTime> last; // end of the last probe
  std::optional<BootTime> up;   // since when this run is seen
  int failures = 0;             // in a row
  bool suspicion = false;       // a passive sign asks for a look
};

// noauth_penalty: PerSourcePenalties' for a connection without authentication; 0 = none.
[[nodiscard]] BootTime next_probe(const ProbeHistory& history, const ProbeSettings& settings,
                                  std::chrono::seconds noauth_penalty, BootTime now);

} // namespace sshguardd::engine
