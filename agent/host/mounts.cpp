#include "host/mounts.hpp"

#include "host/files.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <cstddef>

namespace sshguardd::host {
namespace {

// Kernel clients of servers, and whatever else asks somebody who may not answer.
constexpr std::string_view remote_types[] = {"9p",    "afs",      "autofs", "beegfs",  "ceph",
                                             "cifs",  "coda",     "fuse",   "fuseblk", "gfs2",
                                             "gpfs",  "lustre",   "ncpfs",  "nfs",     "nfs4",
                                             "ocfs2", "orangefs", "smb3",   "smbfs",   "virtiofs"};

// "\040" is a blank (proc(5)).
std::string unescape(std::string_view text) {
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

std::string_view word(std::string_view line, int number) {
  for (; number > 0 && !line.empty(); --number)
    line.remove_prefix(std::min(line.size(), line.find(' ') + 1));
  return line.substr(0, line.find(' '));
}

} // namespace

Mounts Mounts::read() {
  const auto text = read_proc("/proc/self/mountinfo", 4 << 20);
  return Mounts{text ? std::string_view{*text} : std::string_view{}};
}

Mounts::Mounts(std::string_view mountinfo) {
  while (!mountinfo.empty()) {
    const std::string_view line = mountinfo.substr(0, mountinfo.find('\n'));
    mountinfo.remove_prefix(std::min(mountinfo.size(), line.size() + 1));
    // 36 35 98:0 /root /mount/point rw,noatime shared:1 - ext4 /dev/sda1 rw
    const std::size_t dash = line.find(" - ");
    const std::string_view point = word(line, 4);
    if (dash == std::string_view::npos || !point.starts_with('/')) continue;
    types_.emplace_back(unescape(point), word(line.substr(dash + 3), 0));
  }
}

std::string Mounts::remote(std::string_view path) const {
  const std::pair<std::string, std::string>* on = nullptr;
  // Of two at the same place the later one covers the other.
  for (const auto& mount : types_) {
    if (parse::lies_in(path, mount.first) &&
        (on == nullptr || mount.first.size() >= on->first.size()))
      on = &mount;
  }
  if (on == nullptr) return "no known file system";
  const std::string_view type = on->second;
  const bool is_remote = type.starts_with("fuse.") || std::ranges::count(remote_types, type) > 0;
  return is_remote ? on->second : "";
}

} // namespace sshguardd::host
