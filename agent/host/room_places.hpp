// Where the agent may delete files to make room, and which: those that are certainly a package
// manager's, journald's, logrotate's or systemd-coredump's own. Only looks.
#pragma once

#include "host/fd.hpp"
#include "sshguardd/room.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace sshguardd::host {

// Of the machine; tests have a tree of their own.
struct RoomScope {
  std::string root;       // before all paths; empty: the real ones
  std::string machine_id; // 32 digits: whose journal
  std::string device;     // "8:1": nothing on another file system
  std::int64_t now_us = 0;
  std::string boot_id;    // 32 digits
  std::int64_t up_us = 0; // since that boot, by CLOCK_MONOTONIC
};
[[nodiscard]] RoomScope room_scope(std::string device);

struct RoomFile {
  std::size_t directory = 0; // of RoomPlace::directories
  std::string name;
  std::uint64_t bytes = 0;    // on disk
  std::int64_t newest_us = 0; // the oldest go first
  bool may_go = true;         // false: it only counts to what is kept of a journal
  dev_t device = 0;
  ino_t inode = 0;
};

// One place, opened without following a link. All of it lies on one mount, of the file system that
// is meant; below another one nothing is looked at. A file may go that is a regular one with one
// name, has been left alone for a while, and, but for logs, belongs to root in directories that
// nobody else writes to.
struct RoomPlace {
  RoomKind kind = RoomKind::packages;
  std::string path;
  std::vector<Fd> directories; // the first is the place itself
  std::vector<RoomFile> files; // the oldest first
  bool cut = false;            // there are more, which the time was not enough for
};

using RoomDeadline = std::chrono::steady_clock::time_point;

// Empty directories: it is not there, or not as it should be.
[[nodiscard]] RoomPlace open_room_place(RoomKind kind, const std::string& path,
                                        const RoomScope& scope, RoomDeadline deadline);

// Of the files of a place those that go for so many bytes, by their indices.
[[nodiscard]] std::vector<std::size_t> choose_files(const RoomPlace& place, std::uint64_t wanted,
                                                    std::int64_t now_us);

// All of a place that may go.
[[nodiscard]] RoomOffer offer_of(const RoomPlace& place, std::int64_t now_us);

// Every place on that file system where something may go, in the order in which it would.
struct RoomOffers {
  std::vector<RoomOffer> offers;
  bool complete = true; // no place was cut
};
[[nodiscard]] RoomOffers room_offers(const RoomScope& scope, RoomDeadline deadline);

} // namespace sshguardd::host
