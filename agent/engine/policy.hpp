// May this remedy run now? Pure: intent, guard rails and budget in one place. What a budget is
// stands in engine/budget.
#pragma once

#include "engine/budget.hpp"
#include "engine/decision.hpp"
#include "engine/evaluate.hpp"
#include "engine/ledger.hpp"
#include "sshguardd/config.hpp"
#include "sshguardd/snapshot.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::engine {

// Whether the configuration lets such files be deleted to make room.
[[nodiscard]] bool allows(RoomKind kind, const Config& config);

[[nodiscard]] Decision decide(const Remedy& remedy, const Snapshot& snapshot, const Config& config,
                              const Ledger& ledger, BootTime now, Asker asker = Asker::agent);

// The agent's own decision on a finding that has a remedy: not while it is accepted, nor before it
// lasts.
[[nodiscard]] Decision decide(const Finding& finding, const Snapshot& snapshot,
                              const Config& config, const Ledger& ledger, BootTime now);

// Whether the agent may undo a rollback that was killed half way: nobody is at work on the files,
// and nobody has switched it off.
[[nodiscard]] bool may_recover(const Snapshot& snapshot, const Config& config, const Ledger& ledger,
                               BootTime now);

// What the agent does not do any more although it is wanted now, for the checks of the next look.
struct Held {
  std::vector<HeldRemedy> frozen;
  std::vector<HeldRemedy> fights;
};
[[nodiscard]] Held held(const Evaluation& evaluation, const Snapshot& snapshot,
                        const Config& config, const Ledger& ledger);

} // namespace sshguardd::engine
