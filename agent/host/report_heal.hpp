// The journal's entry about a remedy that was carried out, by the agent or by sshguardctl alone.
#pragma once

#include "engine/ledger.hpp"
#include "host/journal.hpp"

namespace sshguardd::host {

void report_heal(Journal& journal, const engine::Heal& heal);

} // namespace sshguardd::host
