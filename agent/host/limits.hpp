// Limits on processes and open files that leave none for one who logs in: TasksMax= of sshd and of
// users' sessions, by their control groups, and the kernel's own.
#pragma once

#include "sshguardd/limits.hpp"
#include "sshguardd/units.hpp"

#include <string>

namespace sshguardd::host {

// A few small files of /proc and of each user's slice; what cannot be read is no limit. root: in
// front of all paths, for tests.
[[nodiscard]] Limits read_limits(const Unit& service, const std::string& root = {});

} // namespace sshguardd::host
