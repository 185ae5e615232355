// Paths by their names alone: nothing is looked up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace sshguardd::parse {

// "/a" of "/a/b", "/" of "/a".
[[nodiscard]] inline std::string directory_of(const std::string& path) {
  return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
}

// The directory itself, or something in it; everything is in "/".
[[nodiscard]] inline bool lies_in(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

} // namespace sshguardd::parse
