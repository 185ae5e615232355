// What firewalld says of one of its zones, over D-Bus. Waits for it, half a second at most: for
// children and sshguardctl, never in the agent's loop.
#pragma once

#include "engine/firewalld.hpp"
#include "sshguardd/fact.hpp"
#include "sshguardd/flows.hpp"

#include <string>

namespace sshguardd::host {

// zone empty: only whether it runs. Unknown: the bus, or firewalld, did not answer.
[[nodiscard]] Fact<engine::FirewalldZone> read_firewalld_zone(const std::string& zone);

// Of a flow that a rule of firewalld's shuts out: adds what the zone has.
void explain_firewalld(Flow& flow, const firewall::Answer& answer, const firewall::Ruleset& rules);

} // namespace sshguardd::host
