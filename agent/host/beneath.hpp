// Names below a directory, without following a link. Not by openat2(2): a unit with
// RestrictSUIDSGID= has none (seccomp cannot look into its argument), nor have kernels before 5.6.
#pragma once

#include "host/fd.hpp"

#include <string_view>

namespace sshguardd::host {

// As O_PATH, so that nothing happens by opening it. Each component is opened by itself: a link
// anywhere fails, and nothing above the directory is reached, however fast names are exchanged. "."
// is the directory itself. Where it fails, with errno: ELOOP or ENOTDIR for a link, EINVAL for a
// path that is absolute or has empty, "." or ".." components.
[[nodiscard]] Fd open_beneath(int directory, std::string_view relative);

// The same of an absolute path, from "/".
[[nodiscard]] Fd open_without_links(std::string_view path);

} // namespace sshguardd::host
