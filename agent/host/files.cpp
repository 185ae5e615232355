#include "host/files.hpp"

#include "host/fd.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <functional>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

namespace sshguardd::host {
namespace {

// From /etc/group only: getgrnam(3) asks directory servers too, and waits for dead ones.
std::optional<gid_t> local_group(std::string_view name) {
  const auto text = read_file("/etc/group");
  if (!text) return std::nullopt;
  const std::string start = std::string{name} + ":";
  for (std::size_t line = 0; line < text->size(); line = text->find('\n', line) + 1) {
    if (text->compare(line, start.size(), start) == 0) {
      const std::size_t id = text->find(':', line + start.size());
      gid_t gid = 0;
      const char* end = text->data() + text->size();
      if (id != std::string::npos &&
          std::from_chars(text->data() + id + 1, end, gid).ec == std::errc{})
        return gid;
    }
    if (text->find('\n', line) == std::string::npos) break;
  }
  return std::nullopt;
}

} // namespace

Fact<std::string> read_open(int fd, const std::string& path, std::size_t limit) {
  std::string text;
  char buffer[8192];
  for (;;) {
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unknown{errno_reason(path)};
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > limit)
      return Unknown{path + ": larger than " + std::to_string(limit) + " bytes"};
  }
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

Fact<std::string> read_file(const std::string& path, std::size_t limit) {
  // O_NONBLOCK: opening a FIFO for reading would wait for its writer.
  const Fd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!fd) return Unknown{errno_reason(path)};
  struct stat st {};
  if (fstat(fd.get(), &st) != 0) return Unknown{errno_reason(path)};
  if (!S_ISREG(st.st_mode)) return Unknown{path + ": not a regular file"};
  return read_open(fd.get(), path, limit);
}

Fact<std::string> read_proc(const std::string& path, std::size_t limit) {
  const Fd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) return Unknown{errno_reason(path)};
  return read_open(fd.get(), path, limit);
}

Fact<std::string> read_cmdline() {
  // systemd leaves this file in every container that it runs in.
  return read_proc(exists("/run/systemd/container") ? "/proc/1/cmdline" : "/proc/cmdline");
}

std::optional<std::string> write_atomic(const std::string& path, std::string_view text,
                                        unsigned mode, const char* group) {
  const std::string temporary = path + ".new";
  const auto failed = [&](const std::string& at) {
    const std::string why = errno_reason(at);
    unlink(temporary.c_str());
    return std::optional{why};
  };
  unlink(temporary.c_str());
  Fd fd{open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!fd) return errno_reason(temporary);
  if (!write_all(fd.get(), text)) return failed(temporary);
  if (group != nullptr) {
    // Where the group is missing the file stays root's alone.
    if (const auto gid = local_group(group);
        gid && fchown(fd.get(), static_cast<uid_t>(-1), *gid) != 0)
      return failed(temporary);
  }
  if (fchmod(fd.get(), mode) != 0) return failed(temporary);
  if (rename(temporary.c_str(), path.c_str()) != 0) return failed(path);
  return std::nullopt;
}

bool make_directory(const std::string& path, unsigned mode) {
  if (mkdir(path.c_str(), mode) == 0) return chmod(path.c_str(), mode) == 0;
  struct stat st {};
  return errno == EEXIST && stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

std::optional<std::string> remove_file(const std::string& path) {
  if (unlink(path.c_str()) == 0) return std::nullopt;
  std::string why = errno_reason(path);
  // Of what is not there unlink(2) says EROFS before ENOENT.
  if (!exists(path)) return std::nullopt;
  return why;
}

bool exists(const std::string& path) {
  struct stat st {};
  return lstat(path.c_str(), &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

std::vector<unsigned> numbered(const std::string& directory, std::string_view prefix) {
  std::vector<unsigned> found;
  const Directory entries = open_directory(directory);
  if (!entries) return found;
  while (const dirent* entry = readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(prefix)) continue;
    unsigned number = 0;
    const char* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + prefix.size(), end, number);
    if (error == std::errc{} && rest == end) found.push_back(number);
  }
  std::ranges::sort(found, std::greater{});
  return found;
}

std::int64_t microseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000 + time.tv_nsec / 1000;
}

std::string identity(const struct stat& st) {
  return std::to_string(st.st_dev) + ":" + std::to_string(st.st_ino) + ":" +
         std::to_string(st.st_size) + ":" + std::to_string(microseconds(st.st_mtim)) + ":" +
         std::to_string(microseconds(st.st_ctim));
}

std::string identity_of(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 ? identity(st) : "-";
}

std::string errno_reason(const std::string& path) {
  return path + ": " + std::generic_category().message(errno);
}

} // namespace sshguardd::host
