// /etc/sshguardd/sshguardd.conf (inih) -> Config. An error never stops anything: the default of
// that key stays and the error is told as "file:line: [section] key: what is wrong, what is
// allowed".
#pragma once

#include "sshguardd/config.hpp"

#include <string>
#include <string_view>

namespace sshguardd::config {

inline constexpr const char* default_path = "/etc/sshguardd/sshguardd.conf";

struct Loaded {
  Config config;
  ConfigErrors errors;
};

// Pure; `file` is only what errors call it.
[[nodiscard]] Loaded parse(std::string_view text, std::string_view file);

} // namespace sshguardd::config
