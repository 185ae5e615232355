#include "host/privsep_dir.hpp"

#include "host/fd.hpp"
#include "host/files.hpp"
#include "parse/sshd_messages.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr mode_t writable_by_others = S_IWGRP | S_IWOTH;

} // namespace

std::string privsep_state() {
  std::string text;
  for (const std::string_view path : parse::privsep_dirs()) {
    struct stat st {};
    const bool there = stat(std::string{path}.c_str(), &st) == 0;
    text += there ? std::to_string(st.st_mode) + ":" + std::to_string(st.st_uid) + " " : "- ";
  }
  return text;
}

Fact<PrivsepDir> read_privsep_dir(const std::string& path) {
  PrivsepDir directory{.path = path};
  struct stat st {};
  // sshd.c: stat(2), so a link to a good directory is one.
  if (stat(path.c_str(), &st) == 0) {
    directory.exists = S_ISDIR(st.st_mode);
    directory.obstructed = !directory.exists;
    directory.owner = st.st_uid;
    directory.mode = st.st_mode & 07777U;
    return directory;
  }
  if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) return Unknown{errno_reason(path)};
  // A dangling link stands in the way of a directory.
  directory.obstructed = lstat(path.c_str(), &st) == 0;
  return directory;
}

std::optional<std::string> make_privsep_dir(const std::string& path) {
  if (!parse::is_privsep_dir(path)) return path + ": not a privilege separation directory";
  const bool made = mkdir(path.c_str(), 0755) == 0;
  if (!made && errno != EEXIST) return errno_reason(path);
  const Fd fd{open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  struct stat st {};
  if (!fd || fstat(fd.get(), &st) != 0) return errno_reason(path);
  if (st.st_uid != 0 && fchown(fd.get(), 0, 0) != 0) return errno_reason(path);
  // A new one lacks what the umask took; an older one keeps what is stricter.
  // Without setuid bits and the like, which the unit's RestrictSUIDSGID= would refuse to set again.
  const mode_t wanted = made ? 0755 : st.st_mode & 0777U & ~writable_by_others;
  if ((st.st_mode & 07777U) != wanted && fchmod(fd.get(), wanted) != 0) return errno_reason(path);
  return std::nullopt;
}

} // namespace sshguardd::host
