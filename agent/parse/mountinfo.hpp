// /proc/PID/mountinfo, see proc(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct Mount {
  std::string device;  // "8:1", of the file system: the same for all its mounts
  std::string root;    // what of the file system is mounted: "/", "/@home"
  std::string point;   // where
  std::string options; // of this mount: "rw,relatime"
  std::string type;    // "ext4"
  std::string source;  // "/dev/sda1"
  std::string super;   // options of the file system: "rw,errors=remount-ro"
  std::string id;      // of this mount, as /proc/PID/fdinfo has it
};

// In mount order: of two at the same place the later one covers the other.
[[nodiscard]] std::vector<Mount> mountinfo(std::string_view text);

// The one that a path lies on; nullptr where there is none. By name alone: links are not followed.
[[nodiscard]] const Mount* covering(const std::vector<Mount>& mounts, std::string_view path);

// It asks a server or a program (FUSE), who may not answer.
[[nodiscard]] bool may_not_answer(std::string_view type);

// One of a list with commas between.
[[nodiscard]] bool has_option(std::string_view options, std::string_view wanted);

// "\040" is a blank: proc(5), fstab(5).
[[nodiscard]] std::string unescape_mount(std::string_view text);

} // namespace sshguardd::parse
