// Room to live: the file systems that a login, sshd, the journal or the package manager needs.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/room.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd {

// From where on little room is told; configured, also for each mount point.
struct DiskLines {
  std::uint64_t warning = 85;                  // percent used, as df(1) counts ...
  std::uint64_t warning_bytes = 50ULL << 30;   // ... and no more than this is left for users
  std::uint64_t critical = 95;                 // percent used ...
  std::uint64_t critical_bytes = 100ULL << 20; // ... and no more than this is left for users

  bool operator==(const DiskLines&) const = default;
};

// Of one mount point, or of whatever lies on the same file system. What is not set is as for all.
struct MountLines {
  std::string path;
  std::optional<std::uint64_t> warning;
  std::optional<std::uint64_t> warning_bytes;
  std::optional<std::uint64_t> critical;
  std::optional<std::uint64_t> critical_bytes;

  bool operator==(const MountLines&) const = default;
};

// statvfs(3), in bytes.
struct Space {
  std::uint64_t total = 0;
  std::uint64_t free = 0;      // with what only root may use
  std::uint64_t available = 0; // for users
  std::uint64_t inodes = 0;    // 0: it has no fixed number of them
  std::uint64_t inodes_free = 0;

  // As df(1) counts: of what users could have, rounded up.
  [[nodiscard]] std::uint64_t used_percent() const { return share(total - free, available); }
  [[nodiscard]] std::uint64_t inodes_percent() const {
    return share(inodes - inodes_free, inodes_free);
  }

private:
  [[nodiscard]] static std::uint64_t share(std::uint64_t used, std::uint64_t left) {
    const long double all = static_cast<long double>(used) + static_cast<long double>(left);
    if (all <= 0) return 0;
    const long double percent = static_cast<long double>(used) * 100 / all;
    const auto whole = static_cast<std::uint64_t>(percent);
    return static_cast<long double>(whole) < percent ? whole + 1 : whole;
  }
};

// What takes much of the room: a directory or file, or a deleted file that a process holds open.
struct Consumer {
  std::string path; // untrusted
  bool directory = false;
  std::uint64_t bytes = 0;
  std::uint64_t files = 0; // in a directory, itself included
  std::string process;     // that holds a deleted file open (comm), untrusted; or empty
  std::uint32_t pid = 0;

  bool operator==(const Consumer&) const = default;
};

struct Consumers {
  std::vector<Consumer> largest; // by bytes
  std::vector<Consumer> most;    // directories, by the number of files right in them
  std::vector<Consumer> deleted; // by bytes
  bool complete = true;          // all was looked at before the deadline

  std::vector<RoomOffer> offers; // what the agent may delete there, if it is to
  bool offers_known = false;     // that was looked at
};

struct FileSystem {
  std::string mount;              // where it is mounted; of several places the shortest name
  std::string source;             // "/dev/vda1"
  std::string type;               // "ext4"
  std::string device;             // "8:1", as the kernel numbers it
  std::vector<std::string> holds; // of what is needed: "/", "/var/log", "/home"
  bool vital = true;              // a login, sshd or the journal needs room on it: not for /boot
  // A server's or a program's (FUSE) may not answer: a child asks it. Unknown until that has.
  Fact<Space> space;

  bool read_only = false;           // of the file system itself, not of one mount of it
  bool read_only_by_design = false; // squashfs, an image, or somebody has it so in fstab(5)
  bool was_writable = false;        // seen so in this boot; or fstab(5) or its errors say so
  bool damaged = false;             // the kernel itself made it so for errors ("emergency_ro")
  std::string errors;               // what the file system says of its errors; or empty
  std::vector<std::string> kernel;  // what the kernel's messages say of it, the newest first

  DiskLines lines; // in force for it
  // Over the line, until it has been well below: breathing about a line is told once.
  bool filling = false; // over the line for a warning
  bool full = false;
  bool inodes_filling = false;
  bool inodes_full = false;
  std::uint64_t worst_percent = 0;             // used, since it went over the line
  std::uint64_t worst_inodes_percent = 0;      // likewise
  bool soon = false;                           // the trend says so, or did lately
  std::optional<std::chrono::seconds> full_in; // the trend, now

  Fact<Consumers> consumers; // looked for once a line is crossed
};

struct Disks {
  std::vector<FileSystem> file_systems; // by mount point
};

} // namespace sshguardd
