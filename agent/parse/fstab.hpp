// fstab(5).
#pragma once

#include <string>
#include <string_view>

namespace sshguardd::parse {

// The mount point that a path lies in, by name, the innermost; empty where that is none but the
// root. Left out are those that nobody expects to be there (noauto, swap), and those whose names
// need escapes.
[[nodiscard]] std::string mount_point_of(std::string_view fstab, std::string_view path);

} // namespace sshguardd::parse
