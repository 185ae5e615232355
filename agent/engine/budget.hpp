// What the tries of one remedy on one subject have brought so far, and what follows from it: when
// the next may be made. Freeze: it does not help. Fight: somebody undoes it. Thaw: the evidence
// changed, or a person did.
#pragma once

#include "sshguardd/config.hpp"
#include "sshguardd/finding.hpp"
#include "sshguardd/remedy.hpp"
#include "sshguardd/snapshot.hpp"
#include "sshguardd/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::engine {

struct Evaluation;
struct Ledger;

// Who asks. A person's `heal ID --once` is consent to one run: switched off, opt-in, paused or out
// of budget does not count then; intent of others, causes and guard rails still do.
enum class Asker { agent, person };

// Kept in the ledger: boot-time clock, survives the agent's own restart.
struct Budget {
  int tries = 0; // in a row, without lasting effect
  BootTime last_try{};
  std::vector<BootTime> recent; // the newest `in_a_day` tries, oldest first; good times keep them
  std::string evidence;         // fingerprint of sshd's configuration at the last try
  bool thawed = false;          // it has changed since: a full day does not count for one try
  std::optional<BootTime> good_since;   // verified, without a break
  std::optional<BootTime> healed;       // by the agent, verified, and not undone since
  std::vector<BootTime> undone;         // by somebody, within the last hour
  std::optional<BootTime> fight_since;  // undone twice within an hour
  std::optional<BootTime> fight_quiet;  // the last change while it is one
  std::optional<BootTime> frozen_since; // spent, and the trouble is there
  std::optional<BootTime> waits_since;  // the grace time counts from here (leaves_time)
  std::string waits_for;                // ... and for this fingerprint: another one begins it anew

  static constexpr int in_a_row = 7;
  static constexpr std::size_t in_a_day = 10;
  static constexpr int frozen_factor = 180; // times Config::back_off
};

// The subject that a remedy's budget is kept for: "restart ssh.service".
[[nodiscard]] std::string budget_key(const Remedy& remedy);

// Somebody's will may be behind the trouble: a remedy that waits for a grace time first.
[[nodiscard]] bool leaves_time(const Remedy& remedy);

// Whether the schedule allows a try now.
struct Standing {
  enum class Kind { free, waiting, frozen, fight } kind = Kind::free;
  BootTime due{};              // of the next try, where it is not free
  std::chrono::seconds wait{}; // between the last try and that
  bool day = false;            // frozen for the tries of a day, not for those in a row
};
[[nodiscard]] Standing standing(const Budget& budget, const Config& config, BootTime now);

// To be recorded, and saved, before a remedy is carried out ...
void record_try(Ledger& ledger, const Remedy& remedy, const Snapshot& snapshot,
                Asker asker = Asker::agent);
// ... and after the one that is pending was verified. A person's success clears its budget.
void record_healed(Ledger& ledger, BootTime now);

// What a new look tells of all budgets: good times, tries undone by somebody, changed evidence.
// Before decide().
void observe(Ledger& ledger, const Evaluation& evaluation, const Snapshot& snapshot);

// A person says that it is to be tried again: `sshguardctl resume`.
void thaw(Ledger& ledger);

// Is it so for longer than everyday life passes through it (Finding::settle)?
[[nodiscard]] bool lasts(const Ledger& ledger, const Finding& finding, BootTime now);

// Does sshd answer, as far as the agent may ask? An idle socket unit is not asked: that would start
// its service.
[[nodiscard]] bool answers(const Snapshot& snapshot);

} // namespace sshguardd::engine
