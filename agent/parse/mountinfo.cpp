#include "parse/mountinfo.hpp"

#include "parse/path.hpp"

#include <algorithm>
#include <cstddef>

namespace sshguardd::parse {
namespace {

// On the machine's own disks, in memory, or of the kernel itself. Whatever is not known to be so
// may ask a server, another node or a program: new clients come with every product.
constexpr std::string_view local_types[] = {
    "adfs",    "affs",        "apfs",       "aufs",       "bcachefs",  "befs",     "bfs",
    "binder",  "binfmt_misc", "bpf",        "btrfs",      "cgroup",    "cgroup2",  "configfs",
    "cpuset",  "cramfs",      "debugfs",    "devpts",     "devtmpfs",  "efivarfs", "efs",
    "erofs",   "exfat",       "ext2",       "ext3",       "ext4",      "f2fs",     "fusectl",
    "hfs",     "hfsplus",     "hpfs",       "hugetlbfs",  "iso9660",   "jffs2",    "jfs",
    "minix",   "mqueue",      "msdos",      "nilfs2",     "nsfs",      "ntfs",     "ntfs3",
    "overlay", "proc",        "pstore",     "ramfs",      "reiser4",   "reiserfs", "resctrl",
    "romfs",   "rootfs",      "rpc_pipefs", "securityfs", "selinuxfs", "smackfs",  "squashfs",
    "sysfs",   "sysv",        "tmpfs",      "tracefs",    "ubifs",     "udf",      "ufs",
    "unionfs", "vfat",        "xenfs",      "xfs",        "zfs",       "zonefs"};

std::string_view word(std::string_view line, int number) {
  for (; number > 0 && !line.empty(); --number)
    line.remove_prefix(std::min(line.size(), line.find(' ') + 1));
  return line.substr(0, line.find(' '));
}

} // namespace

std::string unescape_mount(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '7'; };
    if (text[at] == '\\' && at + 3 < text.size() && digit(at + 1) && digit(at + 2) &&
        digit(at + 3)) {
      out += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 +
                               (text[at + 3] - '0'));
      at += 3;
    } else {
      out += text[at];
    }
  }
  return out;
}

bool has_option(std::string_view options, std::string_view wanted) {
  bool found = false;
  each_option(options, [&](std::string_view option) { found = found || option == wanted; });
  return found;
}

std::vector<Mount> mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    // 36 35 98:0 /root /mount/point rw,noatime shared:1 - ext4 /dev/sda1 rw
    const std::size_t dash = line.find(" - ");
    const std::string_view point = word(line, 4);
    if (dash == std::string_view::npos || !point.starts_with('/')) continue;
    const std::string_view rest = line.substr(dash + 3);
    mounts.push_back({.device = std::string{word(line, 2)},
                      .root = unescape_mount(word(line, 3)),
                      .point = unescape_mount(point),
                      .options = std::string{word(line, 5)},
                      .type = std::string{word(rest, 0)},
                      .source = unescape_mount(word(rest, 1)),
                      .super = std::string{word(rest, 2)},
                      .id = std::string{word(line, 0)}});
  }
  return mounts;
}

const Mount* covering(const std::vector<Mount>& mounts, std::string_view path) {
  const Mount* on = nullptr;
  for (const Mount& mount : mounts) {
    if (lies_in(path, mount.point) && (on == nullptr || mount.point.size() >= on->point.size()))
      on = &mount;
  }
  return on;
}

bool may_not_answer(std::string_view type) {
  return std::find(std::begin(local_types), std::end(local_types), type) == std::end(local_types);
}

} // namespace sshguardd::parse
