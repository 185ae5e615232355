#include "parse/logrotate.hpp"

#include "parse/lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace sshguardd::parse {
namespace {

using Text = std::string_view;

bool digits(Text text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "2026-11-21-6:25:1", "2026-11-21" of older versions; the date alone, as it is written elsewhere.
std::optional<std::string> date_of(Text text) {
  std::array<unsigned, 3> part{};
  for (std::size_t at = 0; at < part.size(); ++at) {
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), part[at]);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    if (at + 1 == part.size()) break;
    if (!text.starts_with('-')) return std::nullopt;
    text.remove_prefix(1);
  }
  const auto [year, month, day] = part;
  if (!(text.empty() || text[0] == '-' || text[0] == ' ' || text[0] == '\r') || year < 1970 ||
      year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
    return std::nullopt;
  const auto two = [](unsigned value) { return (value < 10 ? "-0" : "-") + std::to_string(value); };
  return std::to_string(year) + two(month) + two(day);
}

// A name in quotes, with backslashes before what would end it; what follows it.
std::optional<std::pair<std::string, Text>> quoted(Text line) {
  if (!line.starts_with('"')) return std::nullopt;
  std::string name;
  for (std::size_t at = 1; at < line.size(); ++at) {
    if (line[at] == '"') return std::pair{std::move(name), line.substr(at + 1)};
    if (line[at] == '\\' && at + 1 < line.size()) {
      ++at;
      name += line[at] == 'n' ? '\n' : line[at];
      continue;
    }
    name += line[at];
  }
  return std::nullopt;
}

} // namespace

std::vector<RotatedLog> logrotate_state(std::string_view text) {
  std::vector<RotatedLog> logs;
  while (!text.empty() && logs.size() < most_rotated_logs) {
    const auto name = quoted(take_line(text));
    if (!name || name->first.empty() || !name->second.starts_with(' ')) continue;
    auto date = date_of(name->second.substr(1));
    if (date) logs.push_back({name->first, std::move(*date)});
  }
  return logs;
}

bool is_rotated_name(std::string_view name) {
  constexpr std::array<Text, 8> packed{".gz", ".xz", ".bz2", ".zst", ".lz4", ".zip", ".Z", ".old"};
  if (std::ranges::any_of(packed, [name](Text end) { return name.ends_with(end); })) return true;
  const std::size_t dot = name.rfind('.');
  // "syslog.1"; an address or a version has a digit before the dot.
  if (dot != Text::npos && dot > 0 && digits(name.substr(dot + 1)) &&
      !(name[dot - 1] >= '0' && name[dot - 1] <= '9'))
    return true;
  // dateext: "messages-20261121", "messages-20261121-1700000000", "app-20261121.log".
  for (std::size_t at = name.find('-'); at != Text::npos; at = name.find('-', at + 1)) {
    const Text rest = name.substr(at + 1);
    const std::size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (end == 8 && (rest.starts_with("19") || rest.starts_with("20"))) return true;
  }
  return false;
}

} // namespace sshguardd::parse
