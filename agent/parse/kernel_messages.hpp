// Messages of the kernel about victims of its memory shortage and about file systems that it gave
// up. They are evidence for people: names of processes in them are anybody's words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::parse {

struct OomVictim {
  std::uint32_t pid = 0;
  std::string name;      // comm, untrusted
  bool in_group = false; // the limit of a control group, not the machine's memory
};

// "Out of memory: Killed process 812 (sshd) total-vm:..." (oom_kill.c:__oom_kill_process()).
[[nodiscard]] std::optional<OomVictim> oom_victim(std::string_view message);

// The message tells why the file system on this device ("vda1", "dm-0") was made read-only, or of a
// device that does not take what is written: ext4's, xfs's, btrfs's, f2fs's and the block layer's.
[[nodiscard]] bool gives_up(std::string_view message, std::string_view device);

// memory.events of a control group: how many processes of it were killed; nothing where it does not
// tell.
[[nodiscard]] std::optional<std::uint64_t> oom_kills(std::string_view events);

} // namespace sshguardd::parse
