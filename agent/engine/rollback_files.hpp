// Which files a rollback replaces, moves aside, or leaves alone.
#pragma once

#include "engine/config_change.hpp"
#include "parse/config_set.hpp"

#include <string>
#include <vector>

namespace sshguardd::engine {

struct RollbackScope {
  std::string main_file;
  std::vector<std::string> environment_files; // of sshd's unit
};

// An Include may name anything, by mistake too ("/etc/*.conf", "/etc/ssh/ssh_config.d/*"). Sshd's
// own is the main file, what lies below its directory (of its own: not /etc) unless it is known to
// be something else (host keys, the client's configuration, moduli), and the environment files that
// its unit names where such files are.
[[nodiscard]] bool in_scope(const std::string& path, const RollbackScope& scope);

// What is on disk by a name, and could not be read, or need not be.
struct UnreadFile {
  std::string path;
  std::string why;
};

struct RollbackFiles {
  std::vector<ConfigChange> changes;
  std::vector<std::string> left; // the paths of others' files that differ
  std::string problem;           // why it cannot be done at all; else empty
};

// now: also what is on disk by the names of `wanted`. What `wanted` does not have is moved aside
// only where sshd would still read it.
[[nodiscard]] RollbackFiles rollback_files(const parse::ConfigSet& now,
                                           const std::vector<UnreadFile>& unread,
                                           const parse::ConfigSet& wanted,
                                           const RollbackScope& scope);

// Where the main file's links end in `set`.
[[nodiscard]] std::string end_of_links(const parse::ConfigSet& set, const std::string& main_file);

// What decides who gets in and where, as far as the lines about it are others afterwards.
[[nodiscard]] std::vector<std::string> changed_policy(const std::vector<ConfigChange>& changes);

} // namespace sshguardd::engine
