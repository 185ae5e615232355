// One file of sshd's configuration with all that belongs to it: read, and written so that neither a
// full disk nor a killed process leaves half of it.
#pragma once

#include "parse/config_set.hpp"
#include "sshguardd/fact.hpp"

#include <functional>
#include <optional>
#include <string>

namespace sshguardd::host {

// What has this name itself; a link is not followed. Kind::absent where nothing has. Unknown: it
// could not be read, is too large, or is neither file nor link.
[[nodiscard]] Fact<parse::ConfigFile> read_config_file(const std::string& path);

// Makes it, complete, with metadata and on disk (fsync); what has the name is removed before. The
// reason of a failure; nothing is left then.
[[nodiscard]] std::optional<std::string> make_config_file(const std::string& path,
                                                          const parse::ConfigFile& file);

// Makes it beside, then renames it over the old one.
[[nodiscard]] std::optional<std::string> replace_config_file(const std::string& path,
                                                             const parse::ConfigFile& file);

// What happened to its entries is on disk. The reason of a failure.
[[nodiscard]] std::optional<std::string> sync_directory(const std::string& path);

// The directories that lead to it, 0700 where they are missing.
[[nodiscard]] std::optional<std::string> make_directories(const std::string& directory);

} // namespace sshguardd::host
