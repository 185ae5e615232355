// Block devices as /sys has them: sizes, what lies behind a partition, volumes of LVM, and which
// disks are the host's own. Nothing is opened but files of /sys and links in /dev.
#pragma once

#include "engine/ephemeral.hpp"
#include "sshguardd/disks.hpp"
#include "sshguardd/mounts.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// Where /sys and /dev are: elsewhere in tests.
struct BlockTree {
  std::string sys = "/sys";
  std::string dev = "/dev";
};

// "sda1" of "8:1"; empty where there is none.
[[nodiscard]] std::string block_name(const BlockTree& tree, const std::string& number);

// What is below a file system of that device (name in /sys/class/block); nothing where that is not
// a partition, a disk, or a simple volume of LVM on such.
[[nodiscard]] std::optional<RoomBelow> room_below(const BlockTree& tree, const FileSystem& one,
                                                  const std::string& name);

// The disks that a device is made of, itself where it is one: "sda".
[[nodiscard]] std::vector<std::string> disks_below(const BlockTree& tree, const std::string& name);

// Links below /dev/disk that the clouds make, by the name of the disk they belong to.
[[nodiscard]] std::map<std::string, std::vector<std::string>> cloud_links(const BlockTree& tree);

// Without blanks at its end; or empty.
[[nodiscard]] std::string disk_model(const BlockTree& tree, const std::string& disk);

} // namespace sshguardd::host
