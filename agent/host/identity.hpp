// What names this machine from outside: host keys, instance id, addresses.
#pragma once

#include "engine/summary.hpp"
#include "host/child.hpp"
#include "host/loop.hpp"

#include <functional>
#include <memory>

namespace sshguardd::host {

// Asks hostname(1) for the addresses, then ssh-keygen for the fingerprint of each public key, one
// after the other, each with a deadline.
// Destroying it ends that.
class IdentityReader {
public:
  using Callback = std::function<void(engine::Identity)>;
  IdentityReader(Loop& loop, const Snapshot& snapshot, Callback callback);

private:
  void next_key();
  void on_key(const ChildResult& result);

  Loop& loop_;
  Callback callback_;
  engine::Identity identity_;
  std::vector<std::string> keys_; // public key files still to be asked for, the last first
  std::unique_ptr<Child> child_;
};

} // namespace sshguardd::host
