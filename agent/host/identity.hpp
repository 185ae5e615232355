// What names this machine from outside, beside its host keys: instance id, addresses.
#pragma once

#include "engine/summary.hpp"
#include "host/child.hpp"
#include "host/loop.hpp"

#include <functional>
#include <memory>

namespace sshguardd::host {

// Asks hostname(1) for the addresses, with a deadline. Destroying it ends that.
class IdentityReader {
public:
  using Callback = std::function<void(engine::Identity)>;
  IdentityReader(Loop& loop, const Snapshot& snapshot, Callback callback);

private:
  Callback callback_;
  engine::Identity identity_;
  std::unique_ptr<Child> child_;
};

} // namespace sshguardd::host
