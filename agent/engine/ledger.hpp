// What the agent must remember across its own restarts within one boot: budgets, open episodes,
// sequence number, past heals. Lives in /run; a file of another boot is ignored.
#pragma once

#include "engine/budget.hpp"
#include "sshguardd/finding.hpp"
#include "sshguardd/time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

struct Heal {
  WallTime time{};
  std::string id; // of the finding
  std::string subject;
  std::string remedy;  // name_of(Remedy)
  std::string before;  // "failed (exit-code)"
  std::string after;   // "banner SSH-2.0-OpenSSH_9.2p1 on 127.0.0.1:22"
  std::string outcome; // healed, still-broken, recovered
  std::int64_t took_ms = 0;
  std::string asked_by; // "uid 1000" of the person who asked; empty: the agent by itself
};

// One trouble, from the line that told it to the line that ends it. What it turns into on the way
// (a broken configuration, mended, leaves a failed unit) stays one episode.
struct Episode {
  std::uint32_t seq = 0;        // of the line that opened it
  std::string id;               // of the root finding when it opened
  std::vector<std::string> ids; // all ids seen in it, in order; the last is the present root
  std::string subject;
  Severity severity = Severity::info;
  When when = When::now;
  std::string told;           // the last sentence printed, so that only changes are
  std::string headline;       // the part of it that says what is wrong; not kept in the file
  BootTime told_at{};         // not kept in the file
  bool told_critical = false; // of the last line; nor are these
  bool folds = false;         // the one change that is told at once was
  BootTime since{};
  WallTime since_wall{};
  std::string healed;     // ids of the findings that the agent healed in it, parted by spaces
  bool asked = false;     // ... because a person asked it to
  bool recovered = false; // gone at the fresh look, before the agent acted
};

// An episode that was over, so that one which comes and goes does not fill the console.
struct Ended {
  BootTime at{};
  int quick = 0; // how often it came back within moments
};

// An episode that is over, for people.
struct PastEpisode {
  std::string id;
  std::string subject;
  Severity severity = Severity::info;
  WallTime since{};
  WallTime ended{};
  std::chrono::microseconds lasted{};
  std::string by;      // agent, person, recovered
  std::string told;    // the last sentence before its end
  std::string outcome; // the sentence of its end
};

struct Ledger {
  std::string boot_id;
  std::uint32_t seq = 0;                 // of the last line told
  std::map<std::string, Budget> budgets; // by "<remedy> <subject>"
  std::vector<Episode> episodes;
  std::vector<Heal> heals;       // the newest `max_heals`, oldest first
  std::vector<PastEpisode> past; // the newest `max_past`, oldest first
  // A remedy that was begun and is not verified yet: whoever kills the agent now finds it told.
  std::optional<Heal> pending;
  BootTime pending_since{};
  std::string pending_budget;     // the budget that its try was recorded in
  bool pending_by_person = false; // who asked for it
  bool failure_reset = false;     // the unit's failure was cleared, and sshd has not been up since
  std::optional<BootTime> paused_until; // `sshguardctl pause`

  // What stands on the console.
  bool summarized = false;                // the summary of this boot
  std::optional<BootTime> told_at;        // the last change of the state
  unsigned repeats = 0;                   // of the state, since then
  std::optional<BootTime> blind_since;    // could not look
  std::optional<std::uint32_t> blind_seq; // the line that told so

  // Not kept in the file.
  std::map<std::string, Ended> ended;       // by id: lately, and how often in a row
  std::map<std::string, BootTime> settling; // by remedy_key(): first seen, not told yet
  std::optional<BootTime> tell_at;          // a change is told then, if it is still so

  static constexpr std::size_t max_heals = 50;
  static constexpr std::size_t max_past = 50;
};

// Adds to the past heals; the oldest goes.
void remember(Ledger& ledger, Heal heal);

[[nodiscard]] std::string to_json(const Ledger& ledger);

// An unreadable text or one of another boot gives a fresh ledger of this boot.
[[nodiscard]] Ledger ledger_from_json(std::string_view text, std::string_view boot_id);

} // namespace sshguardd::engine
