// What ufw loads at boot, from its files (ufw-init-functions:ufw_start() of ufw 0.36): the chains
// that it makes itself, its users' rules, what its administrator put before and after them.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/firewall.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// The text of each; of the rules: what is not there is empty, as ufw-init takes it, too.
struct UfwFiles {
  struct Rules {
    Fact<std::string> before{std::string{}};
    Fact<std::string> after{std::string{}};
    Fact<std::string> user{std::string{}};
  };
  std::string defaults; // /etc/default/ufw
  std::string conf;     // /etc/ufw/ufw.conf, read after it
  Rules ip;
  Rules ip6;
  bool legacy = false; // iptables is iptables-legacy
};

struct UfwBoot {
  bool enabled = false;
  std::vector<firewall::Table> tables;
  std::vector<std::string> unread; // as Ruleset's
};
[[nodiscard]] UfwBoot ufw_boot(const UfwFiles& files);

// NAME=value of a file that sh(1) reads, the last one: a word, or one in quotes. Unknown: the value
// is more than sh would take as it stands, or a line is more than an assignment.
[[nodiscard]] Fact<std::optional<std::string>> shell_value(std::string_view text,
                                                           std::string_view name);

} // namespace sshguardd::parse
