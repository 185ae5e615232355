// May this remedy run now? Pure: intent, guard rails and budget in one place. What a budget is
// stands in engine/budget.
#pragma once

#include "engine/budget.hpp"
#include "engine/evaluate.hpp"
#include "engine/ledger.hpp"
#include "sshguardd/config.hpp"
#include "sshguardd/snapshot.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::engine {

enum class Hold {
  none,   // apply it
  off,    // healing is switched off
  paused, // by a person, for a while
  intent, // somebody is at work or wants it so
  cause,  // another finding has to be mended first
  guard,  // acting could do harm
  opt_in, // a person would have to switch it on
  grace,  // somebody did it, and may undo it himself
  budget, // tried a short while ago
  frozen, // tried in vain too often: one try now and then
  fight,  // somebody undoes it
  unknown // could not look
};

struct Decision {
  Hold hold = Hold::none;
  std::string why;                  // for people, one clause; empty for Hold::none
  std::optional<BootTime> retry_at; // when time alone may change the answer
  bool brief = false;               // over within a moment: not worth a line
};

[[nodiscard]] Decision decide(const Remedy& remedy, const Snapshot& snapshot, const Config& config,
                              const Ledger& ledger, BootTime now, Asker asker = Asker::agent);

// The agent's own decision on a finding that has a remedy: not while it is accepted, nor before it
// lasts.
[[nodiscard]] Decision decide(const Finding& finding, const Snapshot& snapshot,
                              const Config& config, const Ledger& ledger, BootTime now);

// What the agent does not do any more although it is wanted now, for the checks of the next look.
struct Held {
  std::vector<HeldRemedy> frozen;
  std::vector<HeldRemedy> fights;
};
[[nodiscard]] Held held(const Evaluation& evaluation, const Snapshot& snapshot,
                        const Config& config, const Ledger& ledger);

} // namespace sshguardd::engine
