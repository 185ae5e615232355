// What takes the room on one file system: its largest directories and files, where the most files
// are, and deleted files that processes hold open. Runs in a process of its own, which is slow,
// patient with everybody else, and may hang.
#pragma once

#include "sshguardd/disks.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// Only what is at least a share of these is told, and what is left of a directory without it.
struct RoomShares {
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
};

inline constexpr std::size_t most_consumers = 5; // of each kind

// Walks the tree below `mount`, on that file system alone and without following links, until the
// deadline (CLOCK_MONOTONIC). Where it is mounted at other places, too, what only those show is
// walked there: subvolumes, bind mounts. Not complete: not all of it was seen, for whatever reason.
[[nodiscard]] Consumers look_at_tree(const std::string& mount, RoomShares least,
                                     std::chrono::steady_clock::time_point deadline);

// Files of that file system that have no name any more, by the processes that hold them open.
struct DeletedFiles {
  std::vector<Consumer> files;
  bool complete = true;
};
[[nodiscard]] DeletedFiles deleted_files(const std::string& mount, std::uint64_t least,
                                         std::chrono::steady_clock::time_point deadline);

// As a child's argv (host/own_child.hpp), which prints encode().
[[nodiscard]] std::vector<std::string> look_at_room_argv(const std::string& mount);
inline constexpr std::string_view look_at_room_word = "look-at-room";
[[nodiscard]] int look_at_room_main(const std::vector<std::string>& arguments);

// A record for each consumer, with NUL bytes between the fields: names hold everything else. What
// is cut at its end is read as far as it goes, and is not complete.
[[nodiscard]] std::string encode(const Consumers& consumers);
// Stands before that, with an end of its own where these are all.
[[nodiscard]] std::string encode_offers(const std::vector<RoomOffer>& offers, bool complete);
[[nodiscard]] Consumers decode_consumers(std::string_view text);

} // namespace sshguardd::host
