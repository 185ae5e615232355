// One "key = value" line, taken apart as inih does: a comment begins at a ";" behind a blank.
#pragma once

#include <string_view>

namespace sshguardd::config {

struct KeyLine {
  std::string_view name;  // without blanks around it
  char separator = '\0';  // "=", or the ":" that inih takes as well; 0: there is none
  std::string_view value; // likewise, without the comment
};

[[nodiscard]] KeyLine split_key(std::string_view line);

} // namespace sshguardd::config
