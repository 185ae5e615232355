// Who asks, for the record.
#pragma once

#include <string>

#include <sys/types.h>

namespace sshguardd::host {

// "uid 1000": the user that logged in, where the kernel knows it (sudo keeps it), else `uid`.
[[nodiscard]] std::string who(pid_t pid, uid_t uid);

} // namespace sshguardd::host
