// Small files of the system: bounded reads, atomic writes.
#pragma once

#include "sshguardd/fact.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::host {

// The content of a regular file of at most `limit` bytes. Never blocks on a FIFO or device. Unknown
// says why: "/path: Permission denied".
[[nodiscard]] Fact<std::string> read_file(const std::string& path, std::size_t limit = 1 << 20);

// Like read_file, for /proc and /sys, whose files tell no size.
[[nodiscard]] Fact<std::string> read_proc(const std::string& path, std::size_t limit = 1 << 16);

// The kernel's command line; in a container the arguments of PID 1, since /proc/cmdline is the
// host's.
[[nodiscard]] Fact<std::string> read_cmdline();

// Temporary file beside it, every write checked, renamed over it; the old content stays where
// anything fails. Returns the reason of a failure. `group` is applied where such a group exists.
[[nodiscard]] std::optional<std::string> write_atomic(const std::string& path,
                                                      std::string_view text, unsigned mode,
                                                      const char* group = nullptr);

// One directory, with this mode whatever the umask; true where it is there.
[[nodiscard]] bool make_directory(const std::string& path, unsigned mode);
void remove_file(const std::string& path);

[[nodiscard]] bool
exists(const std::string& path); // lstat says something other than ENOENT/ENOTDIR

} // namespace sshguardd::host
