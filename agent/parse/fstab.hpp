// fstab(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct FstabEntry {
  std::string source;
  std::string point; // without a slash at its end, but "/"
  std::string type;
  std::string options;
};

// Entries of file systems that are mounted somewhere; swap is left out.
[[nodiscard]] std::vector<FstabEntry> fstab(std::string_view text);

// Nothing but blanks and comments.
[[nodiscard]] bool fstab_is_empty(std::string_view text);

// The mount point that a path lies in, by name, the innermost; empty where that is none but the
// root. Left out are those that nobody expects to be there (noauto).
[[nodiscard]] std::string mount_point_of(std::string_view fstab, std::string_view path);

} // namespace sshguardd::parse
