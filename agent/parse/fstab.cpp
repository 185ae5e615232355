#include "parse/fstab.hpp"

#include "parse/path.hpp"

#include <algorithm>
#include <array>

namespace sshguardd::parse {
namespace {

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    options.remove_prefix(std::min(options.size(), option.size() + 1));
    if (option == wanted) return true;
  }
  return false;
}

} // namespace

std::string mount_point_of(std::string_view fstab, std::string_view path) {
  std::string best;
  while (!fstab.empty()) {
    std::string_view line = fstab.substr(0, fstab.find('\n'));
    fstab.remove_prefix(std::min(fstab.size(), line.size() + 1));
    std::array<std::string_view, 4> field; // what, where, type, options
    for (std::string_view& one : field) {
      line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t\r")));
      one = line.substr(0, line.find_first_of(" \t\r"));
      line.remove_prefix(one.size());
    }
    std::string where{field[1]};
    while (where.size() > 1 && where.ends_with('/'))
      where.pop_back();
    if (field[0].starts_with('#') || where.size() < 2 || !where.starts_with('/') ||
        field[2] == "swap" || has_option(field[3], "noauto"))
      continue;
    if (where.size() > best.size() && lies_in(path, where)) best = std::move(where);
  }
  return best;
}

} // namespace sshguardd::parse
