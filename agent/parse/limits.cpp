#include "parse/limits.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace sshguardd::parse {
namespace {

template <class T> std::optional<T> number(std::string_view text) {
  T value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && rest == text.data() + text.size() ? std::optional{value}
                                                                   : std::nullopt;
}

std::string_view word(std::string_view text, std::size_t index) {
  constexpr std::string_view blanks = " \t\n";
  for (;; --index) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const std::size_t end = std::min(text.find_first_of(blanks), text.size());
    if (index == 0 || text.empty()) return text.substr(0, end);
    text.remove_prefix(end);
  }
}

} // namespace

std::optional<std::uint64_t> limit_number(std::string_view text, Column column) {
  switch (column) {
  case Column::first:
    return number<std::uint64_t>(word(text, 0));
  case Column::third:
    return number<std::uint64_t>(word(text, 2));
  case Column::tasks:
    break;
  }
  const std::string_view both = word(text, 3);
  const std::size_t slash = both.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return number<std::uint64_t>(both.substr(slash + 1));
}

bool is_reached(std::uint64_t used, std::uint64_t most, std::uint64_t least_left) {
  return used >= most || most - used < least_left;
}

std::optional<std::uint32_t> uid_of_slice(std::string_view name) {
  constexpr std::string_view start = "user-";
  constexpr std::string_view end = ".slice";
  if (!name.starts_with(start) || !name.ends_with(end) || name.size() < start.size() + end.size())
    return std::nullopt;
  name.remove_prefix(start.size());
  name.remove_suffix(end.size());
  return number<std::uint32_t>(name);
}

} // namespace sshguardd::parse
