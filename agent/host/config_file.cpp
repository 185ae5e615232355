#include "host/config_file.hpp"

#include "host/fd.hpp"
#include "host/files.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

using parse::ConfigFile;
using Kind = ConfigFile::Kind;

constexpr const char* label_name = "security.selinux";
constexpr std::size_t max_link = 4096;

std::string label_of(const std::string& path) {
  char buffer[4096];
  const ssize_t size = lgetxattr(path.c_str(), label_name, buffer, sizeof buffer);
  return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string{};
}

// A kernel without SELinux takes no label (it wants CAP_SYS_ADMIN for the attribute then); one with
// it that refuses is a failure.
bool set_label(int fd, const std::string& label) {
  if (label.empty() || fsetxattr(fd, label_name, label.data(), label.size(), 0) == 0) return true;
  const int error = errno;
  const bool off = error == EPERM && access("/sys/fs/selinux/enforce", F_OK) != 0;
  errno = error;
  // EINVAL: a policy that does not know the label any more; the file has its directory's default.
  return error == ENOTSUP || error == EINVAL || off;
}

std::optional<std::string> make_link(const std::string& path, const ConfigFile& file) {
  if (symlink(file.text.c_str(), path.c_str()) != 0) return errno_reason(path);
  if (lchown(path.c_str(), file.uid, file.gid) == 0) return std::nullopt;
  const std::string why = errno_reason(path);
  unlink(path.c_str());
  return why;
}

} // namespace

Fact<ConfigFile> read_config_file(const std::string& path) {
  ConfigFile file;
  file.path = path;
  // What has the name, without opening a device, waiting for a FIFO, or following anything.
  const Fd name{open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  if (!name) {
    if (errno != ENOENT && errno != ENOTDIR) return Unknown{errno_reason(path)};
    file.kind = Kind::absent;
    return file;
  }
  struct stat st {};
  if (fstat(name.get(), &st) != 0) return Unknown{errno_reason(path)};
  file.uid = st.st_uid;
  file.gid = st.st_gid;
  file.label = label_of(path);
  if (S_ISLNK(st.st_mode)) {
    file.kind = Kind::link;
    char target[max_link];
    const ssize_t size = readlinkat(name.get(), "", target, sizeof target);
    if (size <= 0 || static_cast<std::size_t>(size) == sizeof target)
      return Unknown{errno_reason(path)};
    file.text.assign(target, static_cast<std::size_t>(size));
    return file;
  }
  file.mode = st.st_mode & 0777U;
  if (!S_ISREG(st.st_mode)) return Unknown{path + ": neither a file nor a link"};
  const Fd fd{open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  if (!fd) return Unknown{errno_reason(path)};
  struct stat opened {};
  if (fstat(fd.get(), &opened) != 0) return Unknown{errno_reason(path)};
  if (opened.st_ino != st.st_ino || opened.st_dev != st.st_dev)
    return Unknown{path + " was changed meanwhile"};
  auto text = read_open(fd.get(), path, parse::ConfigSet::max_text);
  if (!text) return Unknown{text.why()};
  file.text = *text;
  return file;
}

std::optional<std::string> make_config_file(const std::string& path, const ConfigFile& file) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return errno_reason(path);
  if (file.kind == Kind::absent) return std::nullopt;
  if (file.kind == Kind::link) return make_link(path, file);
  const Fd fd{open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!fd) return errno_reason(path);
  // Its mode before its owner: it is ours until then.
  const bool made = write_all(fd.get(), file.text) && set_label(fd.get(), file.label) &&
                    fchmod(fd.get(), file.mode & 0777U) == 0 &&
                    fchown(fd.get(), file.uid, file.gid) == 0 && fsync(fd.get()) == 0;
  if (made) return std::nullopt;
  std::string why = errno_reason(path);
  unlink(path.c_str());
  return why;
}

std::optional<std::string> replace_config_file(const std::string& path, const ConfigFile& file) {
  const std::string beside = path + ".new";
  if (auto why = make_config_file(beside, file)) return why;
  if (rename(beside.c_str(), path.c_str()) != 0) {
    std::string why = errno_reason(path);
    unlink(beside.c_str());
    return why;
  }
  return sync_directory(directory_of(path));
}

std::optional<std::string> sync_directory(const std::string& path) {
  const Fd fd{open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (fd && fsync(fd.get()) == 0) return std::nullopt;
  return errno_reason(path);
}

std::optional<std::string> make_directories(const std::string& directory) {
  for (std::size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
    const std::string part = directory.substr(0, slash);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return errno_reason(part);
    if (slash == std::string::npos) return std::nullopt;
  }
}

} // namespace sshguardd::host
