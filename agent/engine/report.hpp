// What is told: which lines a new evaluation is worth, and how each looks. Pure.
#pragma once

#include "engine/evaluate.hpp"
#include "engine/ledger.hpp"
#include "engine/policy.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshguardd::engine {

// How far the remedy of a finding is, by remedy_key().
struct RemedyState {
  enum class Phase { none, withheld, applying } phase = Phase::none;
  Decision decision;
};
using RemedyStates = std::map<std::string, RemedyState, std::less<>>;
[[nodiscard]] inline std::string remedy_key(const Finding& finding) {
  return std::string{finding.id} + (by_subject(finding.id) ? " " + finding.subject : "");
}

// The episode saw a finding of that id; where they are by subject, of that subject.
[[nodiscard]] inline bool saw(const Episode& episode, std::string_view id,
                              std::string_view subject) {
  return std::ranges::find(episode.ids, id) != episode.ids.end() &&
         (!by_subject(id) || episode.subject == subject);
}

// One line for the console and one entry for the journal.
struct Line {
  // repeated: nothing new, see repeat(); blind, sighted: the agent could not look, and can again;
  // summary: told once per boot; paused, resumed: a person holds all remedies back, or no longer
  // does.
  enum class Kind {
    opened,
    changed,
    ended,
    alive,
    repeated,
    blind,
    sighted,
    summary,
    paused,
    resumed
  } kind = Kind::alive;
  State state = State::unknown; // of the VM
  std::string sentence;         // for a person; raw, encoded by the formats below
  std::uint32_t seq = 0;
  std::size_t open = 0; // episodes open after it
  std::string id;       // empty where it is about no finding
  std::string subject;
  std::optional<std::uint32_t> about; // changed, repeated: seq of the line that opened it
  std::optional<std::uint32_t> ends;  // ended, sighted: likewise
  std::string by;                     // ended: agent, person, recovered; paused, resumed: likewise
  unsigned repeat = 0;                // repeated: which time it is
  std::pair<unsigned, unsigned> part; // of the summary: "2 of 7"; none: {0, 0}
};

// The next line to be told, without its sentence.
[[nodiscard]] Line new_line(Ledger& ledger, Line::Kind kind, State state);

// Opens, follows and ends the ledger's episodes; what it returns is to be told, in order. An
// episode whose check has become Unknown stays open and silent.
[[nodiscard]] std::vector<Line> follow(Ledger& ledger, const Evaluation& evaluation,
                                       const RemedyStates& remedies, const Snapshot& snapshot);

// How often the present state is to have been repeated, so long after the last change of it: while
// it is not OK after 10 minutes, 1 hour, 6 hours and then daily, else daily.
[[nodiscard]] unsigned repeats_until(State state, std::chrono::microseconds since_change);

// Beside follow(): tells that the agent could not look for longer than a minute, and the end of
// that; then repeats the present state when it is time, where nothing else is told. The worst is
// told last: people read the last line.
void stand(Ledger& ledger, const Evaluation& evaluation, const Snapshot& snapshot,
           std::vector<Line>& lines);

// The VM's state without what may pass before it is ever told (Finding::settle): nothing would take
// that word back.
[[nodiscard]] State told_state(const Ledger& ledger, const Evaluation& evaluation);

// The line that says all is well (or what is not known), at start and daily.
[[nodiscard]] Line alive_line(Ledger& ledger, const Evaluation& evaluation,
                              const Snapshot& snapshot);

// The present state as lines of its own: each open episode again, or the alive line.
inline constexpr std::size_t max_standing = 5; // episodes, the worst
[[nodiscard]] std::vector<Line> standing_lines(Ledger& ledger, const Evaluation& evaluation,
                                               const Snapshot& snapshot);

// Starts the schedule of repetitions anew: the state was told now.
void note_told(Ledger& ledger, BootTime now);

// The console contract: printable ASCII, one line without its line end, at most 240 bytes, the tag
// whole and last.
[[nodiscard]] std::string console_line(const Line& line, const Ledger& ledger,
                                       const Snapshot& snapshot);

// A console line on its way, with what is needed to tell that others were dropped before it.
struct ConsoleEntry {
  std::string text; // console_line()
  std::string host;
  std::string boot_id;
  State state = State::unknown;
  std::uint32_t seq = 0;
  std::size_t open = 0;
  std::uint32_t episode = 0; // seq of the line that opened what this is about; 0: of nothing
  bool urgent = false;       // it tells of what locks people out now
};
[[nodiscard]] ConsoleEntry console_entry(const Line& line, const Ledger& ledger,
                                         const Snapshot& snapshot);

// Stands on the console for so many lines that do not, the newest of which had this number.
[[nodiscard]] std::string dropped_line(const ConsoleEntry& newest, std::uint32_t dropped,
                                       std::uint32_t seq, WallTime now);

// The fields of a line's journal entry, beside MESSAGE_ID.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string>>
journal_fields(const Line& line);

// What stands above the login prompt (issue(5)): a line on what is so, where needed one on what to
// do.
[[nodiscard]] std::string issue_text(const Evaluation& evaluation, const Ledger& ledger,
                                     const Snapshot& snapshot);

// Where the clause begins that says what happens next (" DO: ", " NEXT: ", " WAITS: "); npos where
// there is none. The last such: what stands before it may be foreign words that look like one.
[[nodiscard]] std::size_t action_start(std::string_view sentence);

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
