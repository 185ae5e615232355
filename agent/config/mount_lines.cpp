#include "config/mount_lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>

namespace sshguardd::config {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view allowed = ", allowed: warning=1 to 100, warning_bytes=SIZE, critical=1 "
                                     "to 100, critical_bytes=SIZE (as 100M or 50G)";

struct Word {
  std::string_view name;
  std::optional<std::uint64_t> MountLines::*value;
  bool percent;
};
constexpr std::array<Word, 4> words{{{"warning", &MountLines::warning, true},
                                     {"warning_bytes", &MountLines::warning_bytes, false},
                                     {"critical", &MountLines::critical, true},
                                     {"critical_bytes", &MountLines::critical_bytes, false}}};

struct Unit {
  char letter;
  unsigned shift;
};
constexpr std::array<Unit, 4> units{{{'T', 40}, {'G', 30}, {'M', 20}, {'K', 10}}};

std::optional<std::uint64_t> parse_percent(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value < 1 || value > 100) return std::nullopt;
  return value;
}

} // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  unsigned shift = 0;
  if (stop != end) {
    const auto unit = std::find_if(units.begin(), units.end(),
                                   [&stop = stop](const Unit& one) { return one.letter == *stop; });
    if (unit == units.end() || stop + 1 != end) return std::nullopt;
    shift = unit->shift;
  }
  if (error == std::errc::result_out_of_range || value > most >> shift) return most;
  return value << shift;
}

std::string show_size(std::uint64_t bytes) {
  for (const Unit& unit : units) {
    const std::uint64_t size = std::uint64_t{1} << unit.shift;
    if (bytes >= size && bytes % size == 0) return std::to_string(bytes / size) + unit.letter;
  }
  return std::to_string(bytes);
}

MountEntry parse_mount_lines(std::string_view path, std::string_view value) {
  MountEntry entry;
  entry.lines.path = path;
  while (entry.lines.path.size() > 1 && entry.lines.path.ends_with('/'))
    entry.lines.path.pop_back();
  bool any = false;
  for (;;) {
    value.remove_prefix(std::min(value.size(), value.find_first_not_of(blanks)));
    if (value.empty()) break;
    const std::string_view text = value.substr(0, value.find_first_of(blanks));
    value.remove_prefix(text.size());
    const std::size_t equals = text.find('=');
    const auto word = std::find_if(words.begin(), words.end(), [&](const Word& one) {
      return one.name == text.substr(0, equals);
    });
    if (equals == std::string_view::npos || word == words.end()) {
      entry.wrong = "\"" + std::string{text} + "\" is not known" + std::string{allowed};
      return entry;
    }
    const std::string_view number = text.substr(equals + 1);
    const auto parsed = word->percent ? parse_percent(number) : parse_size(number);
    if (!parsed) {
      entry.wrong = "\"" + std::string{text} + "\" is not valid" + std::string{allowed};
      return entry;
    }
    entry.lines.*word->value = parsed;
    any = true;
  }
  if (!any) entry.wrong = "no value" + std::string{allowed};
  return entry;
}

std::string show_mount_lines(const MountLines& lines) {
  std::string text;
  for (const Word& word : words) {
    const auto& value = lines.*word.value;
    if (!value) continue;
    text += (text.empty() ? "" : " ") + std::string{word.name} + "=" +
            (word.percent ? std::to_string(*value) : show_size(*value));
  }
  return text;
}

} // namespace sshguardd::config
