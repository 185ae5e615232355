// One question on a loop of its own.
#pragma once

#include "host/clock.hpp"
#include "host/loop.hpp"

#include <chrono>
#include <functional>

namespace sshguardd::ctl {

// Calls `ask`, then runs the loop until the function that `ask` was given is called, which may be
// at once. false: not before the deadline.
inline bool run_to_end(host::Loop& loop, std::chrono::seconds deadline,
                       const std::function<void(const std::function<void()>& end)>& ask) {
  bool ended = false;
  const auto timeout = loop.at(host::now().boot + deadline, [&] { loop.stop(); });
  ask([&] {
    ended = true;
    loop.stop();
  });
  if (!ended) loop.run();
  return ended;
}

} // namespace sshguardd::ctl
