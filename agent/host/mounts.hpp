// What lies on a file system that may not answer: a server's, or a program's (FUSE).
#pragma once

#include "parse/mountinfo.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// Of the name space of a process ("/proc/PID"); empty where they cannot be read.
[[nodiscard]] std::vector<parse::Mount> mounts_of(const std::string& process = "/proc/self");

class Mounts {
public:
  // The mounts of this process's name space. Where they cannot be read, or where there are none,
  // every path counts as on a file system that may not answer.
  [[nodiscard]] static Mounts read();
  // Of the text of /proc/self/mountinfo (proc(5)).
  explicit Mounts(std::string_view mountinfo);

  // The type of the file system that a path lies on, where that may not answer ("nfs4"); empty
  // where it does. By name alone: nothing is touched, links are not followed.
  [[nodiscard]] std::string remote(std::string_view path) const;

private:
  std::vector<parse::Mount> mounts_;
};

} // namespace sshguardd::host
