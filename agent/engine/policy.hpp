// May this remedy run now? Pure: intent, guard rails and budget in one place.
#pragma once

#include "engine/ledger.hpp"
#include "sshguardd/config.hpp"
#include "sshguardd/snapshot.hpp"

#include <optional>
#include <string>

namespace sshguardd::engine {

enum class Hold {
  none,   // apply it
  off,    // healing is switched off
  intent, // somebody is at work or wants it so
  cause,  // another finding has to be mended first
  guard,  // acting could do harm
  budget, // tried a short while ago
  unknown // could not look
};

struct Decision {
  Hold hold = Hold::none;
  std::string why;                  // for people, one clause; empty for Hold::none
  std::optional<BootTime> retry_at; // when time alone may change the answer
  bool brief = false;               // over within a moment: not worth a line
};

// The subject that a remedy's budget is kept for.
[[nodiscard]] std::string budget_key(const Remedy& remedy);

// Who asks. A person's `heal ID --once` is consent to one run: switched off, opt-in, paused or out
// of budget does not count then; intent of others, causes and guard rails still do.
enum class Asker { agent, person };

[[nodiscard]] Decision decide(const Remedy& remedy, const Snapshot& snapshot, const Config& config,
                              const Ledger& ledger, BootTime now, Asker asker = Asker::agent);

// To be recorded, and saved, before a remedy is carried out.
void record_try(Ledger& ledger, const Remedy& remedy, BootTime now);

// Ten good minutes after the last try reset the steps.
void forgive(Ledger& ledger, BootTime now);

} // namespace sshguardd::engine
