// The agent's own configuration, /etc/sshguardd/sshguardd.conf. Every field has its default here;
// the parser is config/load.
#pragma once

#include <string>
#include <vector>

namespace sshguardd {

enum class LogLevel { error, warning, info, debug };

struct Config {
  // [agent]
  std::string console = "auto"; // "auto" (from the kernel command line), "none", or a device path
  LogLevel log_level = LogLevel::info;

  // [heal]
  bool heal = true;         // enabled: any remedy at all
  bool restart_sshd = true; // restart_sshd: the restart remedy
};

// An error never stops the agent: the default stays in force and the text is shown.
struct ConfigErrors {
  std::vector<std::string> lines; // "file:line: [section] key: what is wrong, what is allowed"
};

} // namespace sshguardd
