// /proc/PID/mountinfo, see proc(5).
#pragma once

#include <algorithm>
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

// It asks a server or a program (FUSE), who may not answer; or nobody knows that it does not.
[[nodiscard]] bool may_not_answer(std::string_view type);

// use(option) for each of a list with commas between, in order.
template <class Use> void each_option(std::string_view options, const Use& use) {
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    options.remove_prefix(std::min(options.size(), option.size() + 1));
    use(option);
  }
}

// One of them.
[[nodiscard]] bool has_option(std::string_view options, std::string_view wanted);

// "\040" is a blank: proc(5), fstab(5).
[[nodiscard]] std::string unescape_mount(std::string_view text);

} // namespace sshguardd::parse
