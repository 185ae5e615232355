#include "host/files.hpp"

#include "host/fd.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

namespace sshguardd::host {
namespace {

std::string reason(const std::string& path) {
  return path + ": " + std::generic_category().message(errno);
}

Fact<std::string> read_open(const Fd& fd, const std::string& path, std::size_t limit) {
  std::string text;
  char buffer[8192];
  for (;;) {
    const ssize_t got = read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unknown{reason(path)};
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > limit)
      return Unknown{path + ": larger than " + std::to_string(limit) + " bytes"};
  }
}

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

Fact<std::string> read_file(const std::string& path, std::size_t limit) {
  // O_NONBLOCK: opening a FIFO for reading would wait for its writer.
  const Fd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!fd) return Unknown{reason(path)};
  struct stat st {};
  if (fstat(fd.get(), &st) != 0) return Unknown{reason(path)};
  if (!S_ISREG(st.st_mode)) return Unknown{path + ": not a regular file"};
  return read_open(fd, path, limit);
}

Fact<std::string> read_proc(const std::string& path, std::size_t limit) {
  const Fd fd{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) return Unknown{reason(path)};
  return read_open(fd, path, limit);
}

Fact<std::string> read_cmdline() {
  // systemd leaves this file in every container that it runs in.
  return read_proc(exists("/run/systemd/container") ? "/proc/1/cmdline" : "/proc/cmdline");
}

std::optional<std::string> write_atomic(const std::string& path, std::string_view text,
                                        unsigned mode, const char* group) {
  const std::string temporary = path + ".new";
  const auto failed = [&](const std::string& at) {
    const std::string why = reason(at);
    unlink(temporary.c_str());
    return std::optional{why};
  };
  unlink(temporary.c_str());
  Fd fd{open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!fd) return reason(temporary);
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote = write(fd.get(), text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return failed(temporary);
    done += static_cast<std::size_t>(wrote);
  }
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

void remove_file(const std::string& path) {
  unlink(path.c_str());
}

bool exists(const std::string& path) {
  struct stat st {};
  return lstat(path.c_str(), &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

} // namespace sshguardd::host
