#include "host/beneath.hpp"

#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace sshguardd::host {

Fd open_beneath(int directory, std::string_view relative) {
  constexpr int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  Fd at{openat(directory, ".", flags | O_DIRECTORY)};
  if (relative == ".") return at;
  while (at) {
    const std::size_t slash = relative.find('/');
    const std::string part{relative.substr(0, slash)};
    if (part.empty() || part == "." || part == "..") {
      errno = EINVAL;
      return Fd{};
    }
    const bool last = slash == std::string_view::npos;
    Fd next{openat(at.get(), part.c_str(), last ? flags : flags | O_DIRECTORY)};
    struct stat st {};
    if (last && next && fstat(next.get(), &st) == 0 && S_ISLNK(st.st_mode)) {
      errno = ELOOP;
      return Fd{};
    }
    if (last || !next) return next;
    at = std::move(next);
    relative.remove_prefix(slash + 1);
  }
  return at;
}

Fd open_without_links(std::string_view path) {
  const Fd root{open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (path == "/") path = "/.";
  if (!root || !path.starts_with('/')) {
    errno = EINVAL;
    return Fd{};
  }
  return open_beneath(root.get(), path.substr(1));
}

} // namespace sshguardd::host
