// All that the agent can ever do to a machine: a closed set of plain data. A check proposes one,
// the policy decides, only agent/remedy carries it out.
#pragma once

#include "sshguardd/room.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace sshguardd {

// Start sshd again: `reset-failed` on the service and its socket, then the service is started, or,
// where the socket owns the port, the service is stopped and the socket started.
struct RestartSshd {
  std::string service;  // unit name, "ssh.service"; empty with Accept=yes sockets (templates)
  std::string socket;   // unit name of the socket that owns the port; empty where none does
  bool running = false; // sshd lives: it is restarted, not started
  bool stopped = false; // somebody stopped it: to start it is opt-in
  bool once = false;    // it serves in part: one try, until its configuration is another
};

// Below: files of the system's own, never in a home. sshd is started by RestartSshd afterwards,
// once `sshd -t` passes.

// Make the privilege separation directory, root:root 0755, or clear what makes it unsafe.
struct MakePrivsepDir {
  std::string path; // of parse::privsep_dirs() alone
};

// Clear mode bits of private host keys that are root's: group's and others'.
struct ClearHostKeyMode {
  std::vector<std::string> paths; // of the configured ones alone
};

// Make host keys that are not there with ssh-keygen(1); a file that exists is never replaced.
struct GenerateHostKeys {
  std::vector<std::string> paths; // "/etc/ssh/ssh_host_ed25519_key", of the default ones alone
};

// Put sshd's configuration back to the last one that let somebody log in.
struct RollBackConfig {
  std::string main_file;   // "/etc/ssh/sshd_config"
  std::string fingerprint; // of what `sshd -t` refused: nothing else is replaced
};

// The one remedy in a home: take the bits 022 from what lies on the way to a key file, in the
// account's own home and its own. By descriptors, with the account's file-system uid and groups.
struct ClearKeyMode {
  std::string account;            // as passwd has it
  std::uint32_t uid = 0;          // of it then: where it is another now, nothing is done
  std::string home;               // likewise
  std::vector<std::string> paths; // real ones: the home itself, "/home/alice/.ssh", ...
};

// Delete what is there twice or was put aside long ago, on one file system that is short.
struct MakeRoom {
  std::string mount;            // of that file system
  std::string device;           // "8:1", as the kernel numbers it: nothing on another one
  std::vector<RoomOffer> steps; // in this order, each only as far as needed
  RoomGoal goal;
};

// Give a file system of ext4 or xfs the room that its own partition or disk has, all of it: what
// was seen then, of which nothing may be another when it is done (engine/grow_steps.hpp).
struct GrowFileSystem {
  std::string mount;        // of that file system
  std::string type;         // "ext4" or "xfs"
  std::string number;       // "8:1", as the kernel numbers its device
  std::string device;       // "/dev/sda1"
  std::uint64_t total = 0;  // of the file system, as statvfs(3) has it
  std::uint64_t size = 0;   // of the device
  std::string disk;         // "/dev/sda", where the device is a partition of it; or empty
  unsigned partition = 0;   // ... with this number
  std::uint64_t behind = 0; // unused up to the disk's end
  bool grow_device = false; // the partition first: it is the last one of its disk
  std::string growpart;     // absolute paths; empty: not installed
  std::string grow_program; // resize2fs(8) or xfs_growfs(8)
};

// Let sshd's port in, by the program whose rules shut it: none of its rules is taken away, and
// nothing is written past it (engine/open_steps.hpp).
struct OpenFirewall {
  std::string owner;      // "ufw" or "firewalld"
  std::string zone;       // firewalld's, whose rules decide
  bool behind = false;    // ufw's other rules, some of which refuse addresses (bans)
  std::uint16_t port = 0; // that sshd listens on
  // Addresses that had been let in, "0.0.0.0/0" or "::/0" for all of one family; empty: everybody.
  std::vector<std::string> sources;
  bool permanent = false;      // for every boot; ufw has no other rules
  std::uint32_t timeout_s = 0; // otherwise firewalld forgets it by then
};

using Remedy = std::variant<RestartSshd, MakePrivsepDir, ClearHostKeyMode, GenerateHostKeys,
                            RollBackConfig, ClearKeyMode, MakeRoom, GrowFileSystem, OpenFirewall>;

// The name in configuration, JSON and ledger.
[[nodiscard]] constexpr const char* name_of(const RestartSshd& remedy) {
  return remedy.stopped ? "start" : "restart";
}
[[nodiscard]] constexpr const char* name_of(const MakePrivsepDir& /*remedy*/) {
  return "make-privsep-dir";
}
[[nodiscard]] constexpr const char* name_of(const ClearHostKeyMode& /*remedy*/) {
  return "clear-host-key-mode";
}
[[nodiscard]] constexpr const char* name_of(const GenerateHostKeys& /*remedy*/) {
  return "generate-host-keys";
}
[[nodiscard]] constexpr const char* name_of(const RollBackConfig& /*remedy*/) {
  return "rollback";
}
[[nodiscard]] constexpr const char* name_of(const ClearKeyMode& /*remedy*/) {
  return "clear-key-mode";
}
[[nodiscard]] constexpr const char* name_of(const MakeRoom& /*remedy*/) {
  return "make-room";
}
[[nodiscard]] constexpr const char* name_of(const GrowFileSystem& /*remedy*/) {
  return "grow-file-system";
}
[[nodiscard]] constexpr const char* name_of(const OpenFirewall& /*remedy*/) {
  return "open-firewall";
}
[[nodiscard]] inline const char* name_of(const Remedy& remedy) {
  return std::visit([](const auto& kind) { return name_of(kind); }, remedy);
}

} // namespace sshguardd
