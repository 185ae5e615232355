// What the next boot makes of fstab(5): systemd-fstab-generator(8)'s rules, which are what counts,
// and what would make it fail. Pure.
#pragma once

#include "parse/findmnt_verify.hpp"
#include "parse/fstab.hpp"
#include "sshguardd/mounts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

// The entries as systemd sees them; `mounted`, `homes` and `wrong` are left to others.
// sys_read_only: systemd ignores what is mounted from devices then, as in containers.
[[nodiscard]] std::vector<FstabMount> boot_mounts(const std::vector<parse::FstabEntry>& entries,
                                                  bool sys_read_only);

// "/dev/disk/by-label/my\x20disk" for "LABEL=my disk", as udev names its links; a path is itself,
// anything else is empty.
[[nodiscard]] std::string device_node(std::string_view source);

// "/dev/sdb1": numbered in the order in which the kernel finds the disks.
[[nodiscard]] bool unstable_name(std::string_view source);

// Names of crypttab(5) that the boot opens.
[[nodiscard]] std::vector<std::string> crypttab_names(std::string_view text);

// What was seen of an entry's source.
struct SourceLook {
  bool asked = false;    // it could be looked at
  bool there = false;    // the device or file
  bool may_come = false; // the boot may bring what is not there now: encrypted disks
  bool modules = false;  // what the kernel that runs can mount is known
  bool helper = false;   // there is a mount.TYPE(8)
};

// Why the next boot cannot mount it; empty where nothing says so. `said` is what findmnt --verify
// said of all entries, nothing where it gave no answer.
[[nodiscard]] std::string
why_not_mountable(const FstabMount& entry, const SourceLook& source,
                  const std::optional<std::vector<parse::VerifyMessage>>& said);

// What findmnt --verify says of its source or type; or empty.
[[nodiscard]] std::string verify_text(const FstabMount& entry,
                                      const std::vector<parse::VerifyMessage>& said);

} // namespace sshguardd::engine
