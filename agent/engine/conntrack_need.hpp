// Does a rule need conntrack? The kernel has it look at packets only as long as one does. Pure.
#pragma once

#include "sshguardd/firewall.hpp"

namespace sshguardd::firewall {

// Of packets of that family. false: no rule of which that can be told; something that is no rule
// may need it all the same.
[[nodiscard]] bool needs_conntrack(const Ruleset& rules, bool ipv6);

} // namespace sshguardd::firewall
