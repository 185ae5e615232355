// Text by lines, and what stands on one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sshguardd::parse {

// Takes the first line off the text, without its end; the last one may have none.
[[nodiscard]] inline std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

// Without those characters at both ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const std::size_t start = text.find_first_not_of(blanks);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(blanks) + 1 - start);
}

} // namespace sshguardd::parse
