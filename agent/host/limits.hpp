// Limits on processes and open files that leave none for one who logs in: TasksMax= of sshd and of
// users' sessions, by their control groups, and the kernel's own.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/limits.hpp"
#include "sshguardd/units.hpp"

#include <string>

namespace sshguardd::host {

// A few small files of /proc and of each user's slice. Unknown where there is no unified hierarchy
// of control groups. root: in front of all paths, for tests.
[[nodiscard]] Fact<Limits> read_limits(const Unit& service, const std::string& root = {});

} // namespace sshguardd::host
