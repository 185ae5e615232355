// The harmless probe: banner, identification, KEXINIT, close. It costs one log line of sshd's.
#pragma once

#include "host/loop.hpp"
#include "sshguardd/snapshot.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace sshguardd::host {

class ProbeRun {
public:
  virtual ~ProbeRun() = default;
};

// The address to reach a listener by from inside: loopback of its family for a wildcard.
[[nodiscard]] std::string probe_address(const Listener& listener);

// The listener to probe: one of sshd's own, open to others first, then IPv4; nullptr where there is
// none.
[[nodiscard]] const Listener* probe_target(const std::vector<Listener>& listeners);

// From 127.0.0.1 or ::1 as the source, whatever the target: brute-force blockers score the log
// line. The callback comes exactly once, from the loop. A deadline above the 5 s of TCP wrappers.
[[nodiscard]] std::unique_ptr<ProbeRun>
run_probe(Loop& loop, const Listener& target, std::function<void(Probe)> callback,
          std::chrono::milliseconds deadline = std::chrono::seconds{8});

} // namespace sshguardd::host
