// The rules that are in force, of nftables and of both kinds of iptables. Asks their own programs
// and waits for them: only in a process of its own.
#pragma once

#include "sshguardd/firewall.hpp"

namespace sshguardd::host {

struct LiveRules {
  firewall::Ruleset rules; // `unread` has what could not be read
  bool legacy = false;     // iptables-legacy has tables, whose changes no event tells
};
[[nodiscard]] LiveRules live_rules();

} // namespace sshguardd::host
