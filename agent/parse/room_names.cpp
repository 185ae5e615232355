#include "parse/room_names.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>

namespace sshguardd::parse {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool letter_or_digit(char c) {
  return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// No blank, no control byte, no slash, nothing beyond ASCII.
bool plain(std::string_view name, std::string_view others) {
  return !name.empty() && letter_or_digit(name.front()) && std::ranges::all_of(name, [&](char c) {
    return letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
}

bool all_digits(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most && std::ranges::all_of(text, digit);
}

std::string_view without_ending(std::string_view name,
                                std::initializer_list<std::string_view> endings) {
  for (const std::string_view ending : endings) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

} // namespace

bool is_cached_deb(std::string_view name) {
  return name.ends_with(".deb") && plain(name, "_.+-~%:") && std::ranges::count(name, '_') == 2 &&
         name.find("__") == std::string_view::npos && name.find("_.") == std::string_view::npos;
}

bool is_cached_rpm(std::string_view name) {
  if (!name.ends_with(".rpm") || !plain(name, "_.+-~^:%")) return false;
  const std::string_view stem = name.substr(0, name.size() - 4);
  return std::ranges::count(stem, '-') >= 2 && stem.find('.') != std::string_view::npos;
}

std::string_view rotated_from(std::string_view name) {
  const std::string_view stem = without_ending(name, {".gz", ".xz", ".bz2", ".zst"});
  if (!plain(stem, "_.+-@")) return {};
  const std::size_t last = stem.find_last_of(".-");
  if (last == std::string_view::npos || last == 0) return {};
  const std::string_view number = stem.substr(last + 1);
  const bool counted = stem[last] == '.' && all_digits(number, 1, 3);
  const bool dated = stem[last] == '-' && all_digits(number, 8, 8) &&
                     (number.starts_with("19") || number.starts_with("20"));
  return counted || dated ? stem.substr(0, last) : std::string_view{};
}

bool is_core_dump(std::string_view name) {
  const auto printable = [](char c) { return c > ' ' && c < 0x7f && c != '/'; };
  if (!name.starts_with("core.") || !std::ranges::all_of(name, printable)) return false;
  // In COMM systemd escapes all but what can be printed (filename_escape()); the others are numbers
  // at the end.
  std::string_view rest = without_ending(name, {".zst", ".xz", ".lz4"});
  const auto last_word = [&rest] {
    const std::size_t dot = rest.rfind('.');
    const std::string_view word = dot == std::string_view::npos ? "" : rest.substr(dot + 1);
    rest = dot == std::string_view::npos ? "" : rest.substr(0, dot);
    return word;
  };
  const auto hexadecimal = [](char c) { return digit(c) || (c >= 'a' && c <= 'f'); };
  if (!all_digits(last_word(), 10, 20)) return false; // microseconds, or seconds before v234
  if (!all_digits(last_word(), 1, 10)) return false;
  const std::string_view boot = last_word();
  if (boot.size() != 32 || !std::ranges::all_of(boot, hexadecimal)) return false;
  return all_digits(last_word(), 1, 10) && rest.size() > 5;
}

} // namespace sshguardd::parse
