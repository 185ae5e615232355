// One look at the whole machine without a running agent: for sshguardctl.
#pragma once

#include "sshguardd/config.hpp"
#include "sshguardd/snapshot.hpp"

namespace sshguardd::host {

// Runs every collector once, with its deadlines (25 s in all at most; well under one
// on a healthy machine), heals nothing, writes
// nothing. What could not be read is Unknown in it. Does not throw.
[[nodiscard]] Snapshot look_once(const Config& config);

} // namespace sshguardd::host
