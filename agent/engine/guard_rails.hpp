// Where acting could do harm, remedy by remedy, or somebody wants it as it is. Pure.
#pragma once

#include "engine/decision.hpp"
#include "sshguardd/remedy.hpp"
#include "sshguardd/snapshot.hpp"

#include <chrono>
#include <optional>

namespace sshguardd::engine {

// A configuration that changed just now may still be in the middle of being written.
inline constexpr auto quiet = std::chrono::milliseconds{300};
// Level-triggered: what no event tells is looked at again after this.
inline constexpr auto look_again = std::chrono::seconds{5};

// Why not now; nullopt: nothing speaks against it.
[[nodiscard]] std::optional<Decision> guard_rails(const Remedy& remedy, const Snapshot& snapshot,
                                                  BootTime now);

} // namespace sshguardd::engine
