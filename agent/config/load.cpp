// inih does the grammar; what it would swallow in silence is told by the reader that hands it the
// lines: too long a line (it would split it), an indented line (it would call the handler once more
// with the previous key), a broken header (it would go on in the previous section), a line without
// "=", a path that it would end at a ":". Of a line that is longer than its buffer it sees the
// key alone.
#include "config/load.hpp"

#include "config/accept.hpp"
#include "config/key_line.hpp"
#include "config/keys.hpp"
#include "config/lines_in_order.hpp"
#include "config/mount_lines.hpp"
#include "config/nearest.hpp"
#include "parse/lines.hpp"

#include <ini.h>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace sshguardd::config {
namespace {

constexpr std::size_t max_errors = 50;  // a binary file has one for each line
constexpr std::size_t max_accept = 200; // entries
constexpr std::size_t max_mounts = 50;  // entries
constexpr std::size_t max_line = 1000;  // characters: 16 addresses of IPv6, and some
constexpr std::string_view blanks = " \t\r\v\f";
// Handed to inih in place of a header that is wrong: the keys below it belong nowhere, and the
// header has been told already.
constexpr std::string_view nowhere = "?";

// One file on its way into what the files before it have given.
struct Reading {
  std::string_view rest;
  std::string_view file;
  Loaded* loaded = nullptr;
  std::size_t untold = 0; // errors beyond the most that are told
  int line = 0;
  bool key_expected = false;     // the line handed out last has to call the handler
  std::string shortened;         // that line, where inih's buffer does not take the whole of it ...
  std::string_view value;        // ... and what it says; empty: inih has it
  std::vector<int> first_line;   // of each key in this file; 0 = not yet
  std::vector<int> accept_lines; // of each accepted entry in this file; 0 = from an earlier file

  [[nodiscard]] std::string here() const { return std::string{file} + ":" + std::to_string(line); }
  void error(const std::string& what) {
    if (loaded->errors.lines.size() >= max_errors)
      ++untold;
    else
      loaded->errors.lines.push_back(here() + ": " + what);
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

std::string named(std::string_view section, std::string_view name) {
  return "[" + std::string{section} + "] " + std::string{name};
}

std::string unknown_name(std::string_view kind, std::string_view typed,
                         std::span<const std::string_view> known) {
  const std::string_view near = nearest(typed, known);
  std::string text = "unknown " + std::string{kind};
  if (!near.empty()) text += ", did you mean \"" + std::string{near} + "\"?";
  return text + (near.empty() ? ", allowed: " : " Allowed: ") + list_of(known);
}

// What inih is to see of a header; its section has to be known.
std::string_view check_header(Reading& reading, std::string_view line) {
  constexpr std::string_view replacement = "[?]";
  const std::size_t end = line.find(']');
  if (end == std::string_view::npos) {
    reading.error("a section starts with \"[\" and has no \"]\"; its keys are ignored");
    return replacement;
  }
  const std::string_view after = parse::trimmed(line.substr(end + 1), blanks);
  const std::string_view name = line.substr(1, end - 1);
  if (!after.empty() && after[0] != ';' && after[0] != '#') {
    reading.error("[" + std::string{name} +
                  "] is followed by other text; the section's keys are ignored");
    return replacement;
  }
  if (std::ranges::find(sections(), name) != sections().end()) return line;
  reading.error("[" + std::string{name} + "]: " + unknown_name("section", name, sections()));
  return replacement;
}

// What inih is to see of a key and its value: no more than `longest` characters.
std::string_view check_key(Reading& reading, std::string_view line, std::size_t longest) {
  const KeyLine key = split_key(line);
  // inih takes ":" for "=" as well. In a path it may be either.
  if (key.separator == ':' && key.name.starts_with('/')) {
    reading.error("\"" + std::string{key.name} +
                  "\" is followed by \":\", allowed: \"/path = ...\", a path without \":\"");
    return {};
  }
  if (line.size() > longest && key.name.size() + 3 > longest) {
    reading.error("key too long");
    return {};
  }
  reading.key_expected = true;
  if (line.size() <= longest || key.separator == '\0') return line.substr(0, longest);
  reading.shortened = std::string{key.name} + " = ";
  reading.value = key.value;
  return reading.shortened;
}

// One line without its end, as inih may see it: empty where it was told as an error.
std::string_view check_line(Reading& reading, std::string_view line, std::size_t longest) {
  const std::string_view text = parse::trimmed(line, blanks);
  if (text.empty() || text[0] == ';' || text[0] == '#') return {};
  if (line.size() > (text[0] == '[' ? longest : max_line)) {
    reading.error("line too long, at most " + std::to_string(text[0] == '[' ? longest : max_line) +
                  " characters");
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
  return check_key(reading, line, longest);
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
  reading.value = {};
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
  const Key& key = keys()[index];
  const std::string where = named(key.section, key.name);
  int& first = reading.first_line[index];
  if (first != 0)
    reading.error(where + ": set already in line " + std::to_string(first) +
                  ", the last valid value counts; allowed: once");
  else
    first = reading.line;
  const std::string_view wrong = key.take(key, value, reading.loaded->config);
  if (wrong.empty()) {
    reading.loaded->set_at[where] = reading.here();
    return;
  }
  const std::string culprit{key.culprit != nullptr ? key.culprit(value) : value};
  reading.error(where + ": " +
                (value.empty() ? "no value" : "\"" + culprit + "\" " + std::string{wrong}) +
                ", allowed: " + allowed(key));
}

// An entry of an earlier file for the same finding and subject is replaced; in one file there may
// be one.
void set_accept(Reading& reading, std::string_view id, std::string_view value) {
  const std::string where = named(accept_section, id) + ": ";
  AcceptLine line = parse_accept(id, value);
  if (!line.wrong.empty()) return reading.error(where + line.wrong);
  std::vector<Accept>& entries = reading.loaded->config.accept;
  std::vector<std::string>& places = reading.loaded->accepted_at;
  const auto same = std::ranges::find_if(entries, [&](const Accept& entry) {
    return entry.id == line.accept.id && entry.subject == line.accept.subject;
  });
  const auto at = static_cast<std::size_t>(same - entries.begin());
  if (same == entries.end()) {
    if (entries.size() >= max_accept)
      return reading.error(where + "too many entries, allowed: " + std::to_string(max_accept));
    entries.emplace_back();
    places.emplace_back();
    reading.accept_lines.push_back(0);
  } else if (int first = reading.accept_lines[at]; first != 0) {
    reading.error(where + "set already in line " + std::to_string(first) +
                  ", the last valid value counts; allowed: once for each subject");
  }
  entries[at] = std::move(line.accept);
  places[at] = reading.here();
  reading.accept_lines[at] = reading.line;
}

// Lines for one mount point: an entry of an earlier file for it is replaced as a whole.
void set_mount(Reading& reading, std::string_view path, std::string_view value) {
  const std::string where = named(disk_section, path);
  MountEntry entry = parse_mount_lines(path, value);
  if (!entry.wrong.empty()) return reading.error(where + ": " + entry.wrong);
  std::vector<MountLines>& mounts = reading.loaded->config.disk_mounts;
  const auto same = std::ranges::find(mounts, entry.lines.path, &MountLines::path);
  const std::string place = named(disk_section, entry.lines.path);
  if (same == mounts.end()) {
    if (mounts.size() >= max_mounts)
      return reading.error(where + ": too many entries, allowed: " + std::to_string(max_mounts));
    mounts.push_back(std::move(entry.lines));
  } else {
    // "file:line", of this file already?
    const std::string& before = reading.loaded->set_at[place];
    if (before.starts_with(std::string{reading.file} + ":"))
      reading.error(where + ": set already in line " + before.substr(reading.file.size() + 1) +
                    ", the last valid value counts; allowed: once");
    *same = std::move(entry.lines);
  }
  reading.loaded->set_at[place] = reading.here();
}

// The ini_handler. An unknown name is told, and the next line is read all the same.
int handle(void* user, const char* section_text, const char* name_text, const char* value_text) {
  Reading& reading = *static_cast<Reading*>(user);
  reading.key_expected = false;
  const std::string_view section = section_text;
  const std::string_view name = name_text;
  const std::string_view read_value = value_text != nullptr ? value_text : "";
  const std::string_view value = reading.value.empty() ? read_value : reading.value;
  if (section == nowhere) return 1;
  if (section.empty()) {
    reading.error(std::string{name} + ": stands before any [section], allowed: below one of " +
                  list_of(sections()));
    return 1;
  }
  if (section == accept_section) {
    set_accept(reading, name, value);
    return 1;
  }
  if (section == disk_section && name.starts_with('/')) {
    set_mount(reading, name, value);
    return 1;
  }
  std::vector<std::string_view> known;
  for (std::size_t index = 0; index < keys().size(); ++index) {
    if (keys()[index].section != section) continue;
    if (keys()[index].name == name) {
      set(reading, index, value);
      return 1;
    }
    known.push_back(keys()[index].name);
  }
  reading.error(named(section, name) + ": " + unknown_name("key", name, known));
  return 1;
}

void read(const File& file, Loaded& loaded) {
  Reading reading;
  reading.rest = file.text;
  reading.file = file.path;
  reading.loaded = &loaded;
  reading.first_line.resize(keys().size());
  reading.accept_lines.resize(loaded.config.accept.size());
  // Its result, the line of the first error, is told by the reader and the handler, with all
  // others.
  (void)ini_parse_stream(read_line, &reading, handle, &reading);
  if (reading.untold > 0)
    loaded.errors.lines.push_back(file.path + ": " + std::to_string(reading.untold) +
                                  " more errors");
}

} // namespace

Loaded parse(std::span<const File> files) {
  Loaded loaded;
  for (const File& file : files)
    read(file, loaded);
  check_order(loaded);
  return loaded;
}

Loaded parse(std::string_view text, std::string_view file) {
  const File one{std::string{file}, std::string{text}};
  return parse(std::span{&one, 1});
}

} // namespace sshguardd::config
