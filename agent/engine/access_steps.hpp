// What the parts of engine/access share.
#pragma once

#include "engine/access.hpp"

#include <string>
#include <vector>

namespace sshguardd::engine {

using Result = AccessStep::Result;

// Both: the worse counts. Either: the better.
inline Result both(Result one, Result other) {
  if (one == Result::failed || other == Result::failed) return Result::failed;
  return one == Result::unknown ? one : other;
}
inline Result either(Result one, Result other) {
  if (one == Result::passed || other == Result::passed) return Result::passed;
  return one == Result::unknown ? one : other;
}

// A setting that keeps somebody out, and how it takes effect.
inline std::vector<std::string> change(const std::string& what) {
  return {what + " in sshd_config; then sshd -t, and reload sshd"};
}

// Whether a key, the client's where one is given, lets in by itself. Adds its steps. Where
// facts.rules and facts.account are known.
[[nodiscard]] Result judge_keys(const AccessFacts& facts, std::vector<AccessStep>& steps);

} // namespace sshguardd::engine
