// What is told: which lines a new evaluation is worth, and how each looks. Pure.
#pragma once

#include "engine/evaluate.hpp"
#include "engine/ledger.hpp"
#include "engine/policy.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

// How far the remedy of a finding is, by id.
struct RemedyState {
  enum class Phase { none, withheld, applying } phase = Phase::none;
  Decision decision;
};
using RemedyStates = std::map<std::string, RemedyState, std::less<>>;

// One line for the console and one entry for the journal.
struct Line {
  enum class Kind { opened, changed, ended, alive } kind = Kind::alive;
  State state = State::unknown; // of the VM
  std::string sentence;         // for a person; raw, encoded by the formats below
  std::uint32_t seq = 0;
  std::size_t open = 0; // episodes open after it
  std::string id;       // empty for alive
  std::string subject;
  std::optional<std::uint32_t> about; // changed: seq of the line that opened it
  std::optional<std::uint32_t> ends;  // ended: likewise
  std::string by;                     // ended: agent, person, recovered
};

// Opens, follows and ends the ledger's episodes; what it returns is to be told, in order. An
// episode whose check has become Unknown stays open and silent.
[[nodiscard]] std::vector<Line> follow(Ledger& ledger, const Evaluation& evaluation,
                                       const RemedyStates& remedies, const Snapshot& snapshot);

// The line that says all is well (or what is not known), at start.
[[nodiscard]] Line alive_line(Ledger& ledger, const Evaluation& evaluation,
                              const Snapshot& snapshot);

// The console contract: printable ASCII, one line without its line end, at most 240 bytes, the tag
// whole and last.
[[nodiscard]] std::string console_line(const Line& line, const Ledger& ledger,
                                       const Snapshot& snapshot);

// The sentence of a finding as the console has it, without the action: "SSH REFUSED: ...".
[[nodiscard]] std::string headline(const Finding& finding, State state);

// Why, and until when: "until 2027-01-31T00:00:00Z: reason".
[[nodiscard]] std::string accepted_text(const Accepted& accepted);

// What happens next, or what a person does: "NEXT: ...", "WAITS: ...", "DO: ...".
[[nodiscard]] std::string action(const Finding& finding, const Evaluation& evaluation,
                                 const RemedyStates& remedies);

// What status.json and `status --json` hold beside the evaluation.
struct StatusContext {
  bool agent_running = false;
  std::string version;
  std::string healing; // "on", or "off: why"
  std::uint32_t pid = 0;
  std::string boot_id;
  WallTime valid_until{}; // for status.json: how long a reader may trust it
};

// Version 1 of the status document (schema 1); ends in a line end.
[[nodiscard]] std::string status_json(const Evaluation& evaluation, const RemedyStates& remedies,
                                      const Snapshot& snapshot, const Ledger& ledger,
                                      const StatusContext& context);

// RFC 3339, UTC, whole seconds: 2026-11-21T03:12:07Z
[[nodiscard]] std::string rfc3339(WallTime time);

// "31s", "4m 10s", "2h 5m", "3d 4h"; under a second "0.3s".
[[nodiscard]] std::string duration_text(std::chrono::microseconds duration);

} // namespace sshguardd::engine
