// What firewalld makes of its permanent configuration. It is the one that reads it: its own code
// builds the rules in a network name space of its own, without its daemon or the bus.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/firewall.hpp"

namespace sshguardd::host {

// Blocking, about a second. `unread` of it: what others tell the daemon later.
[[nodiscard]] Fact<firewall::Ruleset> firewalld_rules();

} // namespace sshguardd::host
