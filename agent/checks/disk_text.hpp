// What the checks of file systems have in common: sizes, and who takes the room.
#pragma once

#include "parse/shell_word.hpp"
#include "parse/size_text.hpp"
#include "sshguardd/disks.hpp"
#include "sshguardd/finding.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace sshguardd::checks {

using parse::size_text;

// "/var", and what else of what is needed lies on it.
[[nodiscard]] inline std::string holds_text(const FileSystem& one) {
  std::string text;
  for (const std::string& held : one.holds)
    text += (text.empty() ? "" : ", ") + held;
  return text;
}

[[nodiscard]] inline Evidence space_evidence(const FileSystem& one) {
  if (!one.space) return {"statvfs " + one.mount, "not known: " + one.space.why()};
  const Space& space = *one.space;
  std::string value = std::to_string(space.used_percent()) + "% used of " + size_text(space.total) +
                      ", " + size_text(space.available) + " left for users";
  if (space.free > space.available)
    value += ", " + size_text(space.free - space.available) + " more for root";
  return {"statvfs " + one.mount, value};
}

[[nodiscard]] inline Evidence inode_evidence(const FileSystem& one) {
  if (!one.space) return space_evidence(one);
  return {"statvfs " + one.mount, std::to_string(one.space->inodes_percent()) + "% of " +
                                      std::to_string(one.space->inodes) + " inodes used, " +
                                      std::to_string(one.space->inodes_free) + " left"};
}

[[nodiscard]] inline Evidence place_evidence(const FileSystem& one) {
  return {one.mount,
          one.type + " on " + one.source + (one.holds.empty() ? "" : ", holds " + holds_text(one))};
}

// "/var/big.bin, 3.2 GiB", "/tmp/x (deleted, held open by java, pid 91), 1 GiB".
[[nodiscard]] inline std::string consumer_text(const Consumer& one) {
  std::string text = one.path;
  if (one.pid != 0)
    text += " (deleted, held open by " + one.process + ", pid " + std::to_string(one.pid) + ")";
  return text + ", " + size_text(one.bytes);
}

inline void add_consumers(Finding& finding, const FileSystem& one) {
  if (!one.consumers) return;
  const std::string what = one.consumers->complete ? "takes room" : "takes room (of what was seen)";
  for (const Consumer& consumer : one.consumers->largest)
    finding.evidence.push_back({what, consumer_text(consumer)});
  for (const Consumer& consumer : one.consumers->deleted)
    finding.evidence.push_back({what, consumer_text(consumer)});
}

// What a person does about it: the culprit where it is known, else how to find it. Whoever names a
// file like an advice has it in quotes.
[[nodiscard]] inline std::vector<std::string> make_room(const FileSystem& one) {
  const std::string du = "du -xh " + parse::shell_word(one.mount) + " | sort -h | tail";
  if (!one.consumers) return {du};
  const auto& known = *one.consumers;
  // A deleted file is found by nobody; it goes with its process.
  const bool deleted =
      !known.deleted.empty() &&
      (known.largest.empty() || known.deleted.front().bytes > known.largest.front().bytes);
  if (deleted)
    return {"restart " + parse::shell_word(known.deleted.front().process) + " (pid " +
                std::to_string(known.deleted.front().pid) + "), which holds a deleted file of " +
                size_text(known.deleted.front().bytes),
            du};
  if (known.largest.empty()) return {du};
  return {"make room, " + size_text(known.largest.front().bytes) + " are in " +
              parse::shell_word(known.largest.front().path),
          du};
}

} // namespace sshguardd::checks
