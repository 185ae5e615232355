#include "parse/fstab.hpp"

#include "parse/mountinfo.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sshguardd::parse {

std::vector<FstabEntry> fstab(std::string_view text) {
  std::vector<FstabEntry> entries;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::array<std::string_view, 4> field; // what, where, type, options
    for (std::string_view& one : field) {
      line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t\r")));
      one = line.substr(0, line.find_first_of(" \t\r"));
      line.remove_prefix(one.size());
    }
    std::string where = unescape_mount(field[1]);
    while (where.size() > 1 && where.ends_with('/'))
      where.pop_back();
    if (field[0].starts_with('#') || !where.starts_with('/') || field[2] == "swap") continue;
    entries.push_back({.source = unescape_mount(field[0]),
                       .point = std::move(where),
                       .type = std::string{field[2]},
                       .options = std::string{field[3]}});
  }
  return entries;
}

bool fstab_is_empty(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first != std::string_view::npos && line[first] != '#') return false;
  }
  return true;
}

std::string mount_point_of(std::string_view text, std::string_view path) {
  std::string best;
  for (FstabEntry& entry : fstab(text)) {
    if (entry.point == "/" || has_option(entry.options, "noauto")) continue;
    if (entry.point.size() > best.size() && lies_in(path, entry.point))
      best = std::move(entry.point);
  }
  return best;
}

} // namespace sshguardd::parse
