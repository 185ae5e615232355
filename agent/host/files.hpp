// Small files of the system: bounded reads, atomic writes.
#pragma once

#include "parse/path.hpp"
#include "sshguardd/fact.hpp"

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>

namespace sshguardd::host {

// The content of a regular file of at most `limit` bytes. Never blocks on a FIFO or device. Unknown
// says why: "/path: Permission denied".
[[nodiscard]] Fact<std::string> read_file(const std::string& path, std::size_t limit = 1 << 20);

// Like read_file, for /proc and /sys, whose files tell no size.
[[nodiscard]] Fact<std::string> read_proc(const std::string& path, std::size_t limit = 1 << 16);

// Like read_file, of what is open already. `path` is for the reason.
[[nodiscard]] Fact<std::string> read_open(int fd, const std::string& path, std::size_t limit);

// All of it, or false with errno.
[[nodiscard]] bool write_all(int fd, std::string_view text);

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
// What is gone already is no failure, also where the file system is read-only. The reason of one.
std::optional<std::string> remove_file(const std::string& path);

[[nodiscard]] bool
exists(const std::string& path); // lstat says something other than ENOENT/ENOTDIR

using parse::directory_of;

// Null, with errno, where it cannot be read: readdir(3).
struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;
[[nodiscard]] inline Directory open_directory(const std::string& path) {
  return Directory{opendir(path.c_str())};
}

// The N of the entries "<prefix>N", the highest first.
[[nodiscard]] std::vector<unsigned> numbered(const std::string& directory, std::string_view prefix);

// Of a file's times.
[[nodiscard]] std::int64_t microseconds(const timespec& time);
// Which file, and when it was last changed, opaque.
[[nodiscard]] std::string identity(const struct stat& st);
// ... of what a path leads to; "-" where that is nothing.
[[nodiscard]] std::string identity_of(const std::string& path);

// "path: why", from errno.
[[nodiscard]] std::string errno_reason(const std::string& path);

} // namespace sshguardd::host
