// A word as a person would type it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace sshguardd::parse {

// For sh(1): in single quotes where it is more than letters, digits and /._-+,@ or begins with a
// dash. Bytes that no line can hold are for the encoder; what it makes of them is another name.
[[nodiscard]] inline std::string shell_word(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"/._-+,@"}.find(c) != std::string_view::npos;
  };
  if (!text.empty() && text.front() != '-' && std::ranges::all_of(text, plain))
    return std::string{text};
  std::string word = "'";
  for (const char c : text)
    word += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return word + "'";
}

} // namespace sshguardd::parse
