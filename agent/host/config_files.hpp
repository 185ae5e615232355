// The agent's own configuration, from disk: for the agent and for sshguardctl alike.
#pragma once

#include "config/load.hpp"

#include <string>
#include <vector>

namespace sshguardd::host {

struct ConfigFiles {
  std::vector<config::File> files; // in the order in which they count: the later one wins
  std::vector<std::string> errors; // "path: why it was not read"
};

// The main file, then the drop-ins (*.conf, no hidden ones) in byte order. None of them has to
// exist.
[[nodiscard]] ConfigFiles
read_config_files(const std::string& main_file = config::default_path,
                  const std::string& directory = config::drop_in_directory);

// Exactly these; each has to exist.
[[nodiscard]] ConfigFiles read_config_files(const std::vector<std::string>& paths);

// What could not be read comes first among the errors.
[[nodiscard]] config::Loaded load_config(ConfigFiles files = read_config_files());

} // namespace sshguardd::host
