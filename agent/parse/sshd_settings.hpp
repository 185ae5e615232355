// The output of `sshd -T` and `-G`: a line "keyword value" for each setting, several for lists.
#pragma once

#include "parse/lines.hpp"

#include <cstddef>
#include <string_view>

namespace sshguardd::parse {

// use(keyword, value) for each line, in order; one without a value is none. Keywords are in lower
// case up to OpenSSH 10.4, as in the manual from 10.5 on: is_word() compares them
// (parse/ascii.hpp).
template <class Use> void each_setting(std::string_view output, const Use& use) {
  while (!output.empty()) {
    const std::string_view line = take_line(output);
    const std::size_t blank = line.find(' ');
    if (blank != std::string_view::npos) use(line.substr(0, blank), line.substr(blank + 1));
  }
}

} // namespace sshguardd::parse
