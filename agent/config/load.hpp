// /etc/sshguardd/sshguardd.conf and its drop-ins (inih) -> Config. An error never stops anything:
// the key keeps what it had, and the error is told as "file:line: [section] key: what is wrong,
// what is allowed".
#pragma once

#include "sshguardd/config.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::config {

inline constexpr const char* default_path = "/etc/sshguardd/sshguardd.conf";
inline constexpr const char* drop_in_directory = "/etc/sshguardd/sshguardd.conf.d";

// A file as it was read; `path` is only what errors call it.
struct File {
  std::string path;
  std::string text;
};

struct Loaded {
  Config config;
  ConfigErrors errors;
  std::map<std::string, std::string> set_at; // "[heal] enabled" -> "file:line", where it is set
  std::vector<std::string> accepted_at;      // "file:line" of each of config.accept
};

// Pure. The later file wins: a key may stand once in each.
[[nodiscard]] Loaded parse(std::span<const File> files);
[[nodiscard]] Loaded parse(std::string_view text, std::string_view file);

} // namespace sshguardd::config
