// What is asked of the healing flow (remedy/healer), and what came of it. Plain data.
#pragma once

#include "engine/ledger.hpp"
#include "engine/policy.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::engine {

struct HealRequest {
  std::string id;      // of the finding
  std::string subject; // where findings of it are by subject: whose; empty: any that can be healed
  Asker asker = Asker::agent;
  std::string asked_by; // for the record; empty where the agent wants it by itself
  bool dry_run = false; // all but the act
};

struct HealResult {
  enum class End {
    healed,
    still_broken,
    would,     // dry run: nothing speaks against it
    withheld,  // `why`
    no_remedy, // the finding is there, and nothing that the agent can do about it
    gone,      // not found at the fresh look
    unknown,   // could not look: `why`
    busy       // another one is under way: `why`
  } end = End::unknown;
  HealRequest request;
  std::string why;
  std::optional<WallTime> retry_at; // withheld: when time alone may change that
  bool once_helps = false;          // ... and a person's consent to one run would
  std::vector<std::string> steps;   // what is done, or would be, as commands for people
  std::optional<Heal> heal;         // as recorded; only after an act
};

} // namespace sshguardd::engine
