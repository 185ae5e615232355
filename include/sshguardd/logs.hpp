// What logging takes of the room: journald's files and the limits that it keeps, and the log files
// that logrotate(8) is to rotate.
#pragma once

#include "sshguardd/disks.hpp"
#include "sshguardd/fact.hpp"
#include "sshguardd/room.hpp"
#include "sshguardd/time.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd {

// From where on a journal is large; configured.
struct JournalLines {
  std::uint64_t warning = 20;                 // percent of its file system ...
  std::uint64_t warning_bytes = 512ULL << 20; // ... and no less than this

  bool operator==(const JournalLines&) const = default;
};

// One word of journald.conf(5), as the last file that sets it has it.
struct JournalSetting {
  std::optional<std::uint64_t> value; // nothing: systemd's default is in force
  std::string file;
  int line = 0;

  bool operator==(const JournalSetting&) const = default;
};

// System...= or Runtime...=, by where the journal lies.
struct JournalLimits {
  JournalSetting max_use;
  JournalSetting keep_free;
  JournalSetting max_file_size;
  JournalSetting max_files;

  bool operator==(const JournalLimits&) const = default;
};

struct Journal {
  std::string directory;       // "/var/log/journal"; "/run/log/journal" while it is volatile
  std::uint64_t bytes = 0;     // of all journal files there, as they take room
  std::uint64_t own_bytes = 0; // of this machine's id: journald removes no others
  std::string mount;           // of its file system
  std::string device;          // "8:1", as the kernel numbers that
  RoomOffer removable;         // what the agent may delete of this machine's
  bool apart = false;          // which is for logs alone
  Space space;                 // of it
  JournalLimits limits;
  JournalLines lines; // in force

  // From so many bytes on it is large.
  [[nodiscard]] std::uint64_t line() const {
    const std::uint64_t share = space.total / 100 * lines.warning;
    return std::max(share, lines.warning_bytes);
  }

  [[nodiscard]] bool runtime() const { return directory.starts_with("/run/"); }

  // What it may come to whatever else lies there (journal-file.c:journal_default_metrics()): 10 %
  // of the file system, 5 % of it kept free (journald.conf(5) says 15), each 4 GiB at most, and a
  // hundred files of an eighth of that, 128 MiB at most. 0 is no limit; but without MaxUse= the
  // files are small, and a hundred of them all the same.
  [[nodiscard]] std::uint64_t limit() const {
    constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();
    constexpr std::uint64_t least = 1ULL << 20;
    constexpr std::uint64_t most = 4ULL << 30;
    constexpr std::uint64_t least_file = 512ULL << 10;
    constexpr std::uint64_t most_file = 128ULL << 20;
    constexpr std::uint64_t step = 8ULL << 20; // by which a file grows
    constexpr std::uint64_t most_files = 100;
    std::uint64_t use = limits.max_use.value.value_or(std::clamp(space.total / 10, least, most));
    if (use != 0) use = std::max(use, least_file * 2);
    std::uint64_t file =
        limits.max_file_size.value.value_or(use == 0 ? step : std::min(use / 8, most_file));
    if (file != 0) {
      file = std::max(file, least_file);
      if (use != 0 && file > use / 2) use = file > none / 2 ? none : file * 2;
    }
    const std::uint64_t keep =
        limits.keep_free.value.value_or(std::clamp(space.total / 20, least, most));
    const std::uint64_t files = limits.max_files.value.value_or(most_files);
    // The archived ones are counted, one more is being written.
    const bool by_files = files != 0 && file != 0 && files < none / file - 1;
    return std::min({use == 0 ? none : use, space.total - std::min(keep, space.total),
                     by_files ? (files + 1) * file : none});
  }
};

struct LogFile {
  std::string path; // untrusted
  std::uint64_t bytes = 0;
  std::string rotated; // when logrotate last did, "2026-11-21"; empty: it does not know the file

  bool operator==(const LogFile&) const = default;
};

// Files below /var/log that are written to, apart from the journal's; not those that logrotate has
// put aside.
struct PlainLogs {
  std::uint64_t bytes = 0;
  std::vector<LogFile> largest;
  std::string mount;
  Space space;
  bool complete = true; // all was looked at before the deadline

  // In proportion to the file system; less is nobody's trouble, whoever rotates it or not.
  [[nodiscard]] bool large() const {
    constexpr std::uint64_t least = 100ULL << 20;
    return bytes >= std::max(space.total / 10, least);
  }
};

// Who rotates them.
struct Rotation {
  bool installed = false;
  std::string state_file;      // empty: it has never run
  std::optional<WallTime> ran; // when that was last written
  // Asked only where logs are large.
  Fact<bool> timer;           // logrotate.timer is there
  bool timer_active = false;  // and armed
  std::string timer_state;    // "disabled", "masked" ...
  std::string service_result; // of the last run: "success", "exit-code"; empty: not known
};

// Each part by itself: what one cannot tell says nothing of the other.
struct Logs {
  Fact<Journal> journal; // without a directory: there is none
  Fact<PlainLogs> plain;
  Rotation rotation;
};

} // namespace sshguardd
