#include "host/holder.hpp"

#include "host/files.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

// Bounds: a machine with more control groups, or a unit with more processes, stays without a name.
constexpr std::size_t most_groups = 4096;
constexpr std::size_t most_processes = 64;
constexpr std::size_t most_descriptors = 1024;

// The control group of that inode number, by breadth: units are near the top.
std::string group_of(std::uint64_t id) {
  for (const std::string root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    std::vector<std::string> paths{""};
    for (std::size_t i = 0; i < paths.size() && i < most_groups; ++i) {
      struct stat st {};
      if (stat((root + paths[i]).c_str(), &st) != 0) continue;
      if (st.st_ino == id) return paths[i].empty() ? "/" : paths[i];
      const Directory directory = open_directory(root + paths[i]);
      if (!directory) continue;
      while (const dirent* entry = readdir(directory.get())) {
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.' && paths.size() < most_groups)
          paths.push_back(paths[i] + "/" + entry->d_name);
      }
    }
  }
  return {};
}

bool holds(const std::string& proc, std::uint64_t inode) {
  const std::string socket = "socket:[" + std::to_string(inode) + "]";
  const Directory directory = open_directory(proc + "/fd");
  if (!directory) return false;
  std::array<char, 64> text{};
  std::size_t seen = 0;
  while (const dirent* entry = readdir(directory.get())) {
    if (++seen > most_descriptors) return false;
    const ssize_t got = readlink((proc + "/fd/" + entry->d_name).c_str(), text.data(), text.size());
    if (got > 0 && std::string_view{text.data(), static_cast<std::size_t>(got)} == socket)
      return true;
  }
  return false;
}

std::vector<std::uint32_t> processes_of(const std::string& group) {
  std::vector<std::uint32_t> pids;
  for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    const auto text = read_proc(root + group + "/cgroup.procs");
    if (!text) continue;
    const char* at = text->data();
    const char* end = at + text->size();
    while (at < end && pids.size() < most_processes) {
      std::uint32_t pid = 0;
      const auto [rest, error] = std::from_chars(at, end, pid);
      if (error != std::errc{}) break;
      pids.push_back(pid);
      at = std::find(rest, end, '\n') + (rest == end ? 0 : 1);
    }
  }
  return pids;
}

} // namespace

const Listener& Holders::named(Listener& one) {
  if (const auto found = known_.find(one.inode); found != known_.end() && one.inode != 0) {
    one.group = found->second.group;
    one.pid = found->second.pid;
    one.program = found->second.program;
    return one;
  }
  if (one.group_id == 0) return one;
  one.group = group_of(one.group_id);
  if (one.group.empty()) return one;
  for (const std::uint32_t pid : processes_of(one.group)) {
    const std::string proc = "/proc/" + std::to_string(pid);
    if (!holds(proc, one.inode)) continue;
    one.pid = pid;
    if (const auto comm = read_proc(proc + "/comm"))
      one.program = comm->substr(0, comm->find('\n'));
    break;
  }
  return one;
}

} // namespace sshguardd::host
