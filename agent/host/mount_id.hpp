// The mount that a descriptor is of, by its number, as /proc/PID/mountinfo has it: no name is
// trusted for that. proc(5)
#pragma once

#include <string>

namespace sshguardd::host {

// Of /proc/self/fdinfo/N; empty where it is not told.
[[nodiscard]] std::string mount_id(int fd);
// Of another process's: "/proc/PID/fdinfo/N".
[[nodiscard]] std::string mount_id_at(const std::string& fdinfo);

} // namespace sshguardd::host
