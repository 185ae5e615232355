// journald's files: their names, what their first bytes say, and which of them may go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// A file that journald writes no more. systemd names them (journal-file.c):
//   system@SEQNUMID-SEQNUM-REALTIME.journal    archived; REALTIME is of its first entry
//   system@REALTIME-RANDOM.journal~            put aside, since it was not closed properly
// and "user-UID@..." likewise.
struct ArchivedJournal {
  bool system = true;        // not a user's
  bool put_aside = false;    // ".journal~"
  std::int64_t named_us = 0; // the time in its name
};
// nullopt for every other name: one that is in use, or is none of journald's.
[[nodiscard]] std::optional<ArchivedJournal> archived_journal(std::string_view name);
// One that is in use, "system.journal" or "user-1000.journal": it counts to what is kept.
[[nodiscard]] bool is_active_journal(std::string_view name);
[[nodiscard]] bool is_system_journal(std::string_view name);

// The beginning of a file (journal-def.h).
inline constexpr std::size_t journal_header_size = 208;
struct JournalHeader {
  bool archived = false;
  std::int64_t tail_us = 0; // of its last entry
  // The same by a clock that nobody sets: since which boot, by its id ("0123..ef").
  std::int64_t tail_monotonic_us = 0;
  std::string tail_boot;
};
[[nodiscard]] std::optional<JournalHeader> journal_header(std::string_view bytes);

struct JournalFile {
  std::string name;
  std::uint64_t bytes = 0; // on disk
  // The latest time that anything tells of it: its last entry, its first, its last change.
  std::int64_t newest_us = 0;
  bool may_go = false; // archived, and nothing speaks against it
};

// It is what tells who did it: everything younger than a day is kept, and 64 MiB of the system's
// own, whoever filled the rest.
inline constexpr std::int64_t journal_kept_us = 86'400'000'000;
inline constexpr std::uint64_t journal_kept_bytes = 64ULL << 20U;

// Whole files, the oldest first, until they hold `wanted` bytes; by their indices. What lies behind
// one that is kept for its size is kept, too: the journal has no gaps.
[[nodiscard]] std::vector<std::size_t> choose_journal_files(const std::vector<JournalFile>& files,
                                                            std::uint64_t wanted,
                                                            std::int64_t now_us);

} // namespace sshguardd::parse
