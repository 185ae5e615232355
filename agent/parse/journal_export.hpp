// What `journalctl --output=export` writes (systemd's "Journal Export Format"): a block of fields
// for each entry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// Of fields that the sender did not write himself, but the message.
struct JournalEntry {
  std::string cursor;
  std::int64_t realtime_us = 0;
  std::uint32_t pid = 0;
  std::int64_t uid = -1;     // -1: not told
  std::string exe;           // empty where the process was gone before journald could look
  std::string control_group; // likewise
  std::string message;

  bool operator==(const JournalEntry&) const = default;
};

// In the order in which they stand there; one that is cut off at the end is left out.
[[nodiscard]] std::vector<JournalEntry> journal_entries(std::string_view text);

// Written by root's sshd of that control group (the service's), or of a session. The kernel vouches
// for the user id; program and control group journald has looked up, unless the process was gone by
// then.
[[nodiscard]] bool is_from_sshd(const JournalEntry& entry, std::string_view control_group);

} // namespace sshguardd::parse
