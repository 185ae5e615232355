// Which file systems matter: those that hold what a login, sshd, the journal or the package manager
// needs, each once. Pure.
#pragma once

#include "parse/fstab.hpp"
#include "parse/mountinfo.hpp"
#include "sshguardd/config.hpp"
#include "sshguardd/disks.hpp"

#include <string>
#include <vector>

namespace sshguardd::engine {

// A directory that is needed.
struct NeededPath {
  std::string name;  // as people know it
  std::string path;  // the same without links
  bool vital = true; // see FileSystem::vital
};

// Those that every machine needs, and audit logs on a file system of their own; `path` is the name.
[[nodiscard]] std::vector<NeededPath> needed_paths(const std::vector<parse::Mount>& mounts);
// Those of accounts that people log in to: the directories that homes are in, and homes that are a
// mount of their own.
[[nodiscard]] std::vector<std::string> needed_homes(const std::vector<std::string>& homes,
                                                    const std::vector<parse::Mount>& mounts);

// Without space and history; at most `most_file_systems`. By mount point.
inline constexpr std::size_t most_file_systems = 32;
[[nodiscard]] std::vector<FileSystem>
choose_file_systems(const std::vector<parse::Mount>& mounts,
                    const std::vector<parse::FstabEntry>& fstab,
                    const std::vector<NeededPath>& needed, const Config& config);

} // namespace sshguardd::engine
