// Letters without a locale: what OpenSSH compares without case is ASCII.
#pragma once

#include <algorithm>
#include <string_view>

namespace sshguardd::parse {

[[nodiscard]] constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// `word` is in lower case.
[[nodiscard]] inline bool is_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, {}, lower);
}

// Neither has to be.
[[nodiscard]] inline bool is_same_word(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, {}, lower, lower);
}

} // namespace sshguardd::parse
