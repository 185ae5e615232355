// What fstab(5) promises the next boot, what of it is mounted, what lies on a disk that does not
// last, and how large the devices behind file systems are.
#pragma once

#include "sshguardd/fact.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sshguardd {

// An entry of fstab(5), and what systemd-fstab-generator(8) makes of it.
struct FstabMount {
  std::string source; // as written: "UUID=...", untrusted
  std::string point;  // where; untrusted
  std::string type;
  std::string options;
  std::string device; // what systemd waits for: "/dev/disk/by-uuid/..."; empty: no device
  bool expected =
      false; // the boot mounts it: not for noauto, an automount, or what systemd ignores
  bool required = false; // ... and local-fs.target fails where that fails: emergency mode
  bool network = false;  // ... after the network
  bool mounted = false;  // something is mounted there
  bool unstable = false; // the device's name may be another disk's after a boot
  std::string wrong;     // why the next boot cannot mount it, in words, untrusted; or empty
  std::string verify;    // what `findmnt --verify` says of it, untrusted; or empty
  std::vector<std::string> homes; // of people, as passwd(5) has them, that lie in there; bounded
};

// A file system on a disk of the host's own: it is empty after the next stop or move of the VM.
struct EphemeralMount {
  std::string mount;
  std::string source;
  std::string why; // "Amazon EC2 NVMe Instance Storage"
  std::vector<std::string> homes;
  std::vector<std::string> keys; // files or directories where sshd looks for keys
  std::vector<std::string> host_keys;
};

// A partition or a whole disk, and what lies unused right behind it.
struct BlockSize {
  std::string device;       // "/dev/sda1"
  std::uint64_t size = 0;   // bytes
  std::string disk;         // it is a partition of "/dev/sda"; or empty
  unsigned number = 0;      // ... with this number
  std::uint64_t behind = 0; // bytes between its end and the next partition, or the disk's end
  bool logical = false;     // in an extended partition, which would have to grow first
  bool last = false;        // nothing but that lies between it and the disk's end
  bool plain = true;        // its disk is one, not made of others (md, multipath)
};

// The device under a file system that is short of room.
struct RoomBelow {
  std::string mount;
  std::string type;
  std::string source;      // "/dev/mapper/vg-root"
  std::string number;      // "8:1", as the kernel numbers its device
  bool read_only = false;  // the file system, or this mount of it
  std::uint64_t total = 0; // of the file system, as statvfs(3) has it: without what it needs itself
  std::uint64_t inodes = 0; // likewise; 0: no fixed number
  BlockSize block;          // where it is no volume
  bool volume = false;      // of LVM
  std::uint64_t volume_size = 0;
  std::uint64_t volumes = 0;    // of all active volumes on these disks, bytes
  std::vector<BlockSize> disks; // physical volumes
  std::string growpart;         // absolute paths of what makes it larger; empty: not installed
  std::string grow_program;     // resize2fs(8), xfs_growfs(8), by its type
};

struct MountFacts {
  Fact<std::vector<FstabMount>> fstab; // Unknown where the file is there and could not be read
  std::vector<unsigned> unreadable;    // lines of fstab(5) that libmount does not understand
  std::vector<EphemeralMount> ephemeral;
  std::vector<RoomBelow> room;
};

inline constexpr std::size_t most_homes_told = 256;

} // namespace sshguardd
