// inih does the grammar; what it would swallow in silence is told by the reader that hands it the
// lines: too long a line (it would split it), an indented line (it would call the handler once more
// with the previous key), a broken header (it would go on in the previous section), a line without
// "=".
#include "config/load.hpp"

#include "config/nearest.hpp"

#include <ini.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

namespace sshguardd::config {
namespace {

// ---- the keys
// --------------------------------------------------------------------------------------

constexpr std::string_view allowed_flag = "yes, no, true, false, on, off, 1, 0";

bool parse_flag(std::string_view value, bool& target) {
  constexpr std::array<std::string_view, 4> yes{"yes", "true", "on", "1"};
  constexpr std::array<std::string_view, 4> no{"no", "false", "off", "0"};
  const bool is_yes = std::ranges::find(yes, value) != yes.end();
  if (!is_yes && std::ranges::find(no, value) == no.end()) return false;
  target = is_yes;
  return true;
}

template <bool Config::*Target> bool flag(std::string_view value, Config& config) {
  return parse_flag(value, config.*Target);
}

bool log_level(std::string_view value, Config& config) {
  constexpr std::array<std::pair<std::string_view, LogLevel>, 4> levels{
      {{"error", LogLevel::error},
       {"warning", LogLevel::warning},
       {"info", LogLevel::info},
       {"debug", LogLevel::debug}}};
  const auto* found =
      std::ranges::find(levels, value, &std::pair<std::string_view, LogLevel>::first);
  if (found == levels.end()) return false;
  config.log_level = found->second;
  return true;
}

// The device is opened by root and written to: it has to be below /dev by its very name.
bool console(std::string_view value, Config& config) {
  constexpr std::string_view directory = "/dev/";
  const auto plain = [](char c) { return c > 0x20 && c < 0x7f; };
  const bool device = value.starts_with(directory) && value.size() > directory.size() &&
                      value.back() != '/' && value.find("..") == std::string_view::npos &&
                      std::ranges::all_of(value, plain);
  if (value != "auto" && value != "none" && !device) return false;
  config.console = value;
  return true;
}

struct Key {
  std::string_view section;
  std::string_view name;
  bool (*parse)(std::string_view value, Config& config);
  std::string_view allowed;
};
constexpr std::array keys{
    Key{"agent", "console", console, "auto, none, or a device as /dev/ttyS0"},
    Key{"agent", "log_level", log_level, "error, warning, info, debug"},
    Key{"heal", "enabled", flag<&Config::heal>, allowed_flag},
    Key{"heal", "restart_sshd", flag<&Config::restart_sshd>, allowed_flag},
};
constexpr std::array<std::string_view, 2> sections{"agent", "heal"};

// ---- reading
// ---------------------------------------------------------------------------------------

constexpr std::size_t max_errors = 50; // a binary file has one for each line
constexpr std::string_view blanks = " \t\r\v\f";
// Handed to inih in place of a header that is wrong: the keys below it belong nowhere, and the
// header has been told already.
constexpr std::string_view nowhere = "?";

struct Reading {
  std::string_view rest;
  std::string_view file;
  Loaded loaded;
  std::size_t errors = 0;
  int line = 0;
  bool key_expected = false; // the line handed out last has to call the handler
  std::array<int, keys.size()> first_line{};

  void error(const std::string& what) {
    if (++errors > max_errors) return;
    loaded.errors.lines.push_back(std::string{file} + ":" + std::to_string(line) + ": " + what);
  }
};

std::string list_of(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

std::string unknown_name(std::string_view kind, std::string_view typed,
                         std::span<const std::string_view> known) {
  const std::string_view near = nearest(typed, known);
  std::string text = "unknown " + std::string{kind};
  if (!near.empty()) text += ", did you mean \"" + std::string{near} + "\"?";
  return text + (near.empty() ? ", allowed: " : " Allowed: ") + list_of(known);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// What inih is to see of a header; its section has to be known.
std::string_view check_header(Reading& reading, std::string_view line) {
  constexpr std::string_view replacement = "[?]";
  const std::size_t end = line.find(']');
  if (end == std::string_view::npos) {
    reading.error("a section starts with \"[\" and has no \"]\"; its keys are ignored");
    return replacement;
  }
  const std::string_view after = trimmed(line.substr(end + 1));
  const std::string_view name = line.substr(1, end - 1);
  if (!after.empty() && after[0] != ';' && after[0] != '#') {
    reading.error("[" + std::string{name} +
                  "] is followed by other text; the section's keys are ignored");
    return replacement;
  }
  if (std::ranges::find(sections, name) != sections.end()) return line;
  reading.error("[" + std::string{name} + "]: " + unknown_name("section", name, sections));
  return replacement;
}

// One line without its end, as inih may see it: empty where it was told as an error.
std::string_view check_line(Reading& reading, std::string_view line, std::size_t longest) {
  const std::string_view text = trimmed(line);
  if (text.empty() || text[0] == ';' || text[0] == '#') return {};
  if (line.size() > longest) {
    reading.error("line too long, at most " + std::to_string(longest) + " characters");
    // A header that is skipped must not leave its keys to the section before.
    return text[0] == '[' ? "[?]" : std::string_view{};
  }
  if (line.find('\0') != std::string_view::npos) {
    reading.error("not a text: it holds a zero byte");
    return text[0] == '[' ? "[?]" : std::string_view{};
  }
  if (blanks.find(line[0]) != std::string_view::npos) {
    reading.error("an indented line; sections and keys start at the beginning of the line");
    return text[0] == '[' ? "[?]" : std::string_view{};
  }
  if (text[0] == '[') return check_header(reading, text);
  reading.key_expected = true;
  return line;
}

void check_handled(Reading& reading) {
  if (reading.key_expected) reading.error("neither a [section] nor \"key = value\"");
  reading.key_expected = false;
}

// The ini_reader: as fgets(3), but one line each however long it is.
char* read_line(char* buffer, int size, void* stream) {
  Reading& reading = *static_cast<Reading*>(stream);
  check_handled(reading); // of the line before
  if (reading.rest.empty() || size < 2) return nullptr;
  ++reading.line;
  const std::size_t end = reading.rest.find('\n');
  std::string_view line = reading.rest.substr(0, end);
  reading.rest = end == std::string_view::npos ? std::string_view{} : reading.rest.substr(end + 1);
  constexpr std::string_view bom = "\xef\xbb\xbf";
  if (reading.line == 1 && line.starts_with(bom)) line.remove_prefix(bom.size());
  if (line.ends_with('\r')) line.remove_suffix(1);

  const std::string_view shown = check_line(reading, line, static_cast<std::size_t>(size) - 1);
  shown.copy(buffer, shown.size());
  buffer[shown.size()] = '\0';
  return buffer;
}

void set(Reading& reading, std::size_t index, std::string_view value) {
  const Key& key = keys[index];
  const std::string where = "[" + std::string{key.section} + "] " + std::string{key.name} + ": ";
  int& first = reading.first_line[index];
  if (first != 0)
    reading.error(where + "set already in line " + std::to_string(first) +
                  ", the last valid value counts; allowed: once");
  else
    first = reading.line;
  if (key.parse(value, reading.loaded.config)) return;
  reading.error(where +
                (value.empty() ? "no value" : "\"" + std::string{value} + "\" is not valid") +
                ", allowed: " + std::string{key.allowed});
}

// The ini_handler. An unknown name is told, and the next line is read all the same.
int handle(void* user, const char* section_text, const char* name_text, const char* value_text) {
  Reading& reading = *static_cast<Reading*>(user);
  reading.key_expected = false;
  const std::string_view section = section_text;
  const std::string_view name = name_text;
  if (section == nowhere) return 1;
  if (section.empty()) {
    reading.error(std::string{name} + ": stands before any [section], allowed: below [" +
                  std::string{sections[0]} + "] or [" + std::string{sections[1]} + "]");
    return 1;
  }
  std::vector<std::string_view> known;
  for (std::size_t index = 0; index < keys.size(); ++index) {
    if (keys[index].section != section) continue;
    if (keys[index].name == name) {
      set(reading, index, value_text != nullptr ? value_text : "");
      return 1;
    }
    known.push_back(keys[index].name);
  }
  reading.error("[" + std::string{section} + "] " + std::string{name} + ": " +
                unknown_name("key", name, known));
  return 1;
}

} // namespace

Loaded parse(std::string_view text, std::string_view file) {
  Reading reading;
  reading.rest = text;
  reading.file = file;
  // Its result, the line of the first error, is told by the reader and the handler, with all
  // others.
  (void)ini_parse_stream(read_line, &reading, handle, &reading);
  if (reading.errors > max_errors)
    reading.loaded.errors.lines.push_back(
        std::string{file} + ": " + std::to_string(reading.errors - max_errors) + " more errors");
  return std::move(reading.loaded);
}

} // namespace sshguardd::config
