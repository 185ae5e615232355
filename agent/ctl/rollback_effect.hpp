// What a rollback that was carried out does to sshd, and what is told of it.
#pragma once

#include "host/rollback_run.hpp"

namespace sshguardd::ctl {

// Starts an sshd that has failed, as `heal --once` does; one that was stopped stays so. By effect:
// an sshd that was tried, and does not come up although what was there before was valid, too, gets
// that back. The exit status.
[[nodiscard]] int rollback_effect(const host::RollbackRun::Plan& plan, bool was_valid);

} // namespace sshguardd::ctl
