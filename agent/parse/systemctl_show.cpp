// A long file: systemd prints each kind of property in another way, and all of them are here.
#include "parse/systemctl_show.hpp"

#include "parse/lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

namespace sshguardd::parse {
namespace {

constexpr std::string_view blanks = " \t\r";

using Words = std::vector<std::string>;

template <class T> bool number(std::string_view text, T& into) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, into);
  return error == std::errc{} && rest == end;
}

bool yes_or_no(std::string_view text, bool& into) {
  into = text == "yes";
  return into || text == "no";
}

// "Sat 2026-11-21 12:42:05.699365 UTC", microseconds since 1970; empty: never.
bool timestamp(std::string_view text, std::int64_t& into) {
  if (text.empty() || text == "n/a" || text == "0") {
    into = 0;
    return true;
  }
  const auto part = [text](std::size_t at, std::size_t length, auto& value) {
    return number(text.substr(at, length), value);
  };
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned micros = 0;
  const bool whole = text.size() == 34 && text.ends_with(" UTC") && text[8] == '-' &&
                     text[11] == '-' && text[14] == ' ' && text[17] == ':' && text[20] == ':' &&
                     text[23] == '.';
  if (!whole || !part(4, 4, year) || !part(9, 2, month) || !part(12, 2, day) ||
      !part(15, 2, hour) || !part(18, 2, minute) || !part(21, 2, second) || !part(24, 6, micros))
    return false;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return false;
  const auto time = std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{hour} +
                    std::chrono::minutes{minute} + std::chrono::seconds{second} +
                    std::chrono::microseconds{micros};
  into = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  return true;
}

// escape.c: shell_maybe_quote. What needs no quotes stands as it is, the rest in double quotes with
// backslashes. Other forms ($'...') were never seen here.
std::optional<char> unescaped(char c) {
  switch (c) {
  case '"':
  case '\\':
  case '`':
  case '$':
    return c;
  case 'n':
    return '\n';
  case 't':
    return '\t';
  case 'r':
    return '\r';
  default:
    return std::nullopt;
  }
}

bool quoted_word(std::string_view text, std::size_t& at, std::string& word) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') {
      ++at;
      return true;
    }
    if (text[at] == '\\') {
      const auto plain = ++at < text.size() ? unescaped(text[at]) : std::nullopt;
      if (!plain) return false;
      word += *plain;
    } else {
      word += text[at];
    }
  }
  return false;
}

bool words(std::string_view text, Words& into) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string word;
    if (text[at] == '"') {
      if (!quoted_word(text, at, word)) return false;
    } else {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      word = text.substr(at, end - at);
      if (word.empty() || word.find_first_of("\"'\\$`") != std::string::npos) return false;
      at = end;
    }
    if (at < text.size() && text[at] != ' ') return false;
    into.push_back(std::move(word));
  }
  return true;
}

// "VALUE (NOTE)"
bool noted(std::string_view text, std::string& value, std::string& note) {
  const std::size_t open = text.rfind(" (");
  if (open == std::string_view::npos || !text.ends_with(')')) return false;
  value = text.substr(0, open);
  note = text.substr(open + 2, text.size() - open - 3);
  return !value.empty();
}

bool environment_file(std::string_view text, Unit& unit) {
  EnvironmentFile file;
  std::string note;
  if (!noted(text, file.path, note)) return false;
  file.optional = note == "ignore_errors=yes";
  const bool known = file.optional || note == "ignore_errors=no";
  unit.environment_files.push_back(std::move(file));
  return known;
}

// "{ path=P ; argv[]=A B ; flags=F ; start_time=[...] ; ... }"
bool command(std::string_view text, ShownUnit& shown) {
  constexpr std::string_view begin = "{ path=";
  constexpr std::string_view argv = " ; argv[]=";
  constexpr std::string_view flags = " ; flags=";
  constexpr std::string_view after = " ; start_time=";
  const std::size_t argv_at = text.find(argv);
  const std::size_t flags_at = text.rfind(flags);
  if (!text.starts_with(begin) || argv_at == std::string_view::npos ||
      flags_at == std::string_view::npos || flags_at < argv_at + argv.size())
    return false;
  const std::size_t words_at = argv_at + argv.size();
  const std::size_t flag_at = flags_at + flags.size();
  const std::size_t end = text.find(after, flag_at);
  if (end == std::string_view::npos) return false;
  shown.commands.push_back(
      {.path = std::string{text.substr(begin.size(), argv_at - begin.size())},
       .words = std::string{text.substr(words_at, flags_at - words_at)},
       .no_env_expand =
           text.substr(flag_at, end - flag_at).find("no-env-expand") != std::string_view::npos});
  return true;
}

bool listen(std::string_view text, Unit& unit) {
  std::string address;
  std::string type;
  if (!noted(text, address, type)) return false;
  unit.listen.emplace_back(std::move(type), std::move(address));
  return true;
}

bool job(std::string_view text, Unit& unit) {
  std::uint32_t id = 0;
  if (!text.empty() && !number(text, id)) return false;
  unit.job_queued = id != 0;
  return true;
}

// Properties that have a line for each of their entries.
bool repeats(std::string_view key) {
  return key == "ExecStartEx" || key == "EnvironmentFiles" || key == "Listen";
}

bool text_property(std::string_view key, std::string_view value, Unit& unit) {
  constexpr std::array<std::pair<std::string_view, std::string Unit::*>, 9> fields = {{
      {"Id", &Unit::id},
      {"LoadState", &Unit::load_state},
      {"ActiveState", &Unit::active_state},
      {"FragmentPath", &Unit::fragment_path},
      {"FailureAction", &Unit::failure_action},
      {"StartLimitAction", &Unit::start_limit_action},
      {"Result", &Unit::result},
      {"ControlGroup", &Unit::control_group},
      {"KillMode", &Unit::kill_mode},
  }};
  for (const auto& [name, field] : fields) {
    if (name != key) continue;
    unit.*field = value;
    return true;
  }
  return false;
}

bool pulled_in(std::string_view value, Unit& unit) {
  unit.pulled_in = unit.pulled_in || !value.empty();
  return true;
}

bool property(std::string_view key, std::string_view value, ShownUnit& shown) {
  Unit& unit = shown.unit;
  if (text_property(key, value, unit)) return true;
  if (key == "DropInPaths") return words(value, unit.drop_in_paths);
  if (key == "Environment") return words(value, unit.environment);
  if (key == "UnsetEnvironment") return words(value, unit.unset_environment);
  if (key == "EnvironmentFiles") return environment_file(value, unit);
  if (key == "ExecStartEx") return command(value, shown);
  if (key == "Listen") return listen(value, unit);
  if (key == "Job") return job(value, unit);
  if (key == "NeedDaemonReload") return yes_or_no(value, shown.need_daemon_reload);
  if (key == "ConditionResult") return yes_or_no(value, unit.condition_result);
  if (key == "Accept") return yes_or_no(value, unit.accept);
  if (key == "ConditionTimestamp") return timestamp(value, unit.condition_tested_us);
  if (key == "ExecMainStartTimestamp") return timestamp(value, unit.main_start_us);
  if (key == "ActiveEnterTimestamp") return timestamp(value, unit.active_enter_us);
  if (key == "MainPID") return number(value, unit.main_pid);
  if (key == "ExecMainCode") return number(value, unit.exec_main_code);
  if (key == "ExecMainStatus") return number(value, unit.exec_main_status);
  if (key == "WantedBy" || key == "RequiredBy" || key == "UpheldBy" || key == "RequisiteOf")
    return pulled_in(value, unit);
  return false;
}

std::string joined(const Words& argv) {
  std::string text;
  for (const std::string& word : argv)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

bool agrees(const ShownCommand& shown, const ExecCommand& known) {
  return shown.path == known.path && shown.words == joined(known.argv) &&
         shown.no_env_expand == known.no_env_expand;
}

// What the text of unit files tells without doubt.
struct FromFiles {
  bool plain_commands = true; // no ExecStart= has a word with white space in it
  bool plain_conditions = true;
  std::vector<UnitCondition> conditions; // ConditionPathExists= only: all that anybody asks for
};

void condition(std::string_view key, std::string_view value, FromFiles& result) {
  if (value.empty()) return result.conditions.clear(); // resets conditions of every type
  if (key != "ConditionPathExists") return;
  UnitCondition found{.type = std::string{key}, .parameter = {}};
  if (value.starts_with('|')) {
    found.trigger = true;
    value = trimmed(value.substr(1), blanks);
  }
  if (value.starts_with('!')) {
    found.negate = true;
    value = trimmed(value.substr(1), blanks);
  }
  // Specifiers and quotes are systemd's to read.
  if (!value.starts_with('/') || value.find_first_of("%\"'\\") != std::string_view::npos)
    result.plain_conditions = false;
  found.parameter = value;
  result.conditions.push_back(std::move(found));
}

FromFiles from_files(std::string_view text) {
  FromFiles result;
  while (!text.empty()) {
    const std::string_view line = trimmed(take_line(text), blanks);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    const std::size_t equals = line.find('=');
    const std::string_view key = trimmed(line.substr(0, equals), blanks);
    const std::string_view value = equals == std::string_view::npos
                                       ? std::string_view{}
                                       : trimmed(line.substr(equals + 1), blanks);
    if (line.ends_with('\\')) result.plain_commands = result.plain_conditions = false;
    if (key == "ExecStart" && value.find_first_of("\"'\\%") != std::string_view::npos)
      result.plain_commands = false;
    if (key.starts_with("Condition")) condition(key, value, result);
  }
  return result;
}

Words at_spaces(std::string_view text) {
  Words out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

} // namespace

Fact<std::vector<ShownUnit>> systemctl_show(std::string_view text) {
  std::vector<ShownUnit> units;
  ShownUnit shown;
  std::set<std::string_view> seen;
  const auto end_record = [&] {
    if (seen.empty()) return true;
    if (shown.unit.id.empty() || shown.unit.load_state.empty() || shown.unit.active_state.empty())
      return false;
    units.push_back(std::exchange(shown, {}));
    seen.clear();
    return true;
  };
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) {
      if (!end_record()) return Unknown{"systemctl show: a unit without its name or state"};
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return Unknown{"systemctl show: a line without '='"};
    const std::string_view key = line.substr(0, equals);
    const bool first = seen.insert(key).second;
    if ((!first && !repeats(key)) || !property(key, line.substr(equals + 1), shown))
      return Unknown{"systemctl show: " + std::string{key} + " is not understood"};
  }
  if (!end_record()) return Unknown{"systemctl show: a unit without its name or state"};
  return units;
}

Unit complete(ShownUnit shown, const Unit* known, const std::optional<std::string>& files) {
  Unit unit = std::move(shown.unit);
  const bool same = known != nullptr && known->id == unit.id &&
                    known->fragment_path == unit.fragment_path &&
                    known->drop_in_paths == unit.drop_in_paths;
  // The print does not tell when it was reloaded; that much is remembered.
  if (same && known->main_pid == unit.main_pid && known->active_enter_us == unit.active_enter_us) {
    unit.reload_us = known->reload_us;
    unit.reload_monotonic_us = known->reload_monotonic_us;
  }
  const bool current = files && !shown.need_daemon_reload;
  const FromFiles told = current ? from_files(*files) : FromFiles{};

  if (current && told.plain_conditions)
    unit.conditions = told.conditions;
  else if (same)
    unit.conditions = known->conditions;
  const bool as_known =
      same && known->command_known &&
      std::ranges::equal(shown.commands, known->exec_start,
                         [](const auto& a, const auto& b) { return agrees(a, b); });
  if (as_known) {
    unit.exec_start = known->exec_start;
  } else if (shown.commands.empty() || (current && told.plain_commands)) {
    for (const ShownCommand& one : shown.commands)
      unit.exec_start.push_back(
          {.path = one.path, .argv = at_spaces(one.words), .no_env_expand = one.no_env_expand});
  } else {
    unit.command_known = false;
  }
  return unit;
}

std::vector<UnitFile> systemctl_unit_files(std::string_view text) {
  std::vector<UnitFile> files;
  while (!text.empty()) {
    const Words columns = at_spaces(take_line(text));
    if (columns.size() >= 2 && columns[0].find('.') != std::string::npos)
      files.push_back({columns[0], columns[1]});
  }
  return files;
}

std::vector<std::map<std::string, std::string, std::less<>>>
shown_properties_of(std::string_view text) {
  std::vector<std::map<std::string, std::string, std::less<>>> units(1);
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) {
      if (!units.back().empty()) units.emplace_back();
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos)
      units.back().emplace(std::string{line.substr(0, equals)},
                           std::string{line.substr(equals + 1)});
  }
  if (units.back().empty()) units.pop_back();
  return units;
}

} // namespace sshguardd::parse
