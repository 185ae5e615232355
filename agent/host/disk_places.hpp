// Where file systems are, where people's homes are, and what ext4 says of its errors.
#pragma once

#include "host/fd.hpp"
#include "parse/mountinfo.hpp"
#include "sshguardd/time.hpp"

#include <string>
#include <vector>

namespace sshguardd::host {

// The text of PID 1's table of mounts; empty where it cannot be read.
[[nodiscard]] std::string table_of_mounts();
// The same, to be polled for its changes (proc(5)).
[[nodiscard]] Fd open_mount_table();

// The path without links, as far as those can be read without asking who may not answer.
[[nodiscard]] std::string without_links(const std::string& path,
                                        const std::vector<parse::Mount>& mounts);

// Of accounts that people log in to, by passwd(5).
[[nodiscard]] std::vector<std::string> homes_of_people();

// What ext4 counts in /sys/fs/ext4 of the errors it has met on a device ("8:1"); or empty.
[[nodiscard]] std::string file_system_errors(const std::string& device);
// ext4 has met an error on that device since then. Its count is kept over boots: what was damaged
// long ago may be read-only on purpose.
[[nodiscard]] bool met_errors_since(const std::string& device, WallTime since,
                                    const std::string& sys = "/sys");

} // namespace sshguardd::host
