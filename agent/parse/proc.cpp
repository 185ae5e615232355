#include "parse/proc.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace sshguardd::parse {
namespace {

template <class T> std::optional<T> number(std::string_view text) {
  T value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest == text.data()) return std::nullopt;
  return value;
}

// The first line that starts with these words and a space; what follows them.
std::optional<std::string_view> line_of(std::string_view text, std::string_view start) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(start) && line.size() > start.size() && line[start.size()] == ' ')
      return line.substr(start.size() + 1);
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
  }
  return std::nullopt;
}

} // namespace

std::vector<std::string_view> stat_fields(std::string_view stat) {
  std::vector<std::string_view> fields;
  const std::size_t end = stat.rfind(')');
  if (end == std::string_view::npos || end + 2 >= stat.size() || stat[end + 1] != ' ')
    return fields;
  for (std::size_t start = end + 2; start < stat.size();) {
    const std::size_t next = std::min(stat.find(' ', start), stat.size());
    fields.push_back(stat.substr(start, next - start));
    start = next + 1;
  }
  return fields;
}

std::optional<char> process_state(std::string_view stat) {
  const auto fields = stat_fields(stat);
  if (fields.empty() || fields.front().empty()) return std::nullopt;
  const char state = fields.front().front();
  const bool letter = (state >= 'A' && state <= 'Z') || (state >= 'a' && state <= 'z');
  return letter ? std::optional{state} : std::nullopt;
}

bool cgroup_frozen(std::string_view events) {
  const auto value = line_of(events, "frozen");
  return value && *value == "1";
}

std::optional<double> pressure_avg10(std::string_view text, std::string_view kind) {
  const auto line = line_of(text, kind);
  constexpr std::string_view name = "avg10=";
  if (!line || !line->starts_with(name)) return std::nullopt;
  const auto value = number<double>(line->substr(name.size()));
  // Not written as "value < 0 || value > 100": that is false for a NaN.
  if (!value || !(*value >= 0 && *value <= 100)) return std::nullopt;
  return value;
}

std::optional<int> runnable_tasks(std::string_view loadavg) {
  const std::size_t slash = loadavg.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::size_t space = loadavg.rfind(' ', slash);
  if (space == std::string_view::npos) return std::nullopt;
  const auto tasks = number<int>(loadavg.substr(space + 1, slash - space - 1));
  return tasks && *tasks >= 0 ? tasks : std::nullopt;
}

bool may_set_resources(std::string_view status) {
  constexpr std::string_view name = "\nCapEff:\t";
  constexpr unsigned resource = 24; // capability.h
  const std::size_t at = status.find(name);
  if (at == std::string_view::npos) return false;
  status.remove_prefix(at + name.size());
  std::uint64_t set = 0;
  const auto [rest, error] = std::from_chars(status.data(), status.data() + status.size(), set, 16);
  return error == std::errc{} && (set >> resource & 1U) != 0;
}

bool maps_everybody(std::string_view uid_map) {
  for (const std::uint64_t wanted :
       {std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{0xffffffff}}) {
    uid_map.remove_prefix(std::min(uid_map.size(), uid_map.find_first_not_of(' ')));
    std::uint64_t value = 0;
    const auto [rest, error] =
        std::from_chars(uid_map.data(), uid_map.data() + uid_map.size(), value);
    if (error != std::errc{} || value != wanted) return false;
    uid_map.remove_prefix(static_cast<std::size_t>(rest - uid_map.data()));
  }
  return true;
}

std::optional<int> oom_score_adj(std::string_view text) {
  constexpr int most = 1000;
  const auto value = number<int>(text);
  return value && *value >= -most && *value <= most ? value : std::nullopt;
}

} // namespace sshguardd::parse
