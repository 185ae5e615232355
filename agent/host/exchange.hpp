// One file of sshd's configuration in the place of another, and back, so that whatever somebody
// else writes meanwhile is kept: what came out of the place is looked at, not what was there
// before.
#pragma once

#include "engine/config_change.hpp"
#include "sshguardd/fact.hpp"

#include <functional>
#include <optional>
#include <string>

namespace sshguardd::host {

enum class Exchanged { done, not_ours }; // not_ours: somebody changed it; his stays

// All that needs space, while nothing is replaced: the new one is made beside.
[[nodiscard]] std::optional<std::string> prepare_exchange(const engine::ConfigChange& change,
                                                          const std::function<void()>& step);

// The prepared one takes the place of the old one, which stays beside by a hidden name: who holds
// it open goes on writing there. After not_ours or Unknown: undo_exchange().
[[nodiscard]] Fact<Exchanged> make_exchange(const engine::ConfigChange& change,
                                            const std::function<void()>& step);

// Each step is right whatever was done before a kill. aside: for somebody's work that has no place
// any more.
[[nodiscard]] Fact<Exchanged> undo_exchange(const engine::ConfigChange& change,
                                            const std::string& aside,
                                            const std::function<void()>& step);

// It stays: clears the old name away. What somebody wrote through it goes to `aside`.
[[nodiscard]] std::optional<std::string> finish_exchange(const engine::ConfigChange& change,
                                                         const std::string& aside);

} // namespace sshguardd::host
