#include "host/boot_units.hpp"

#include "host/files.hpp"
#include "parse/lines.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

// In the order in which systemd takes them; not /run, which no boot sees.
constexpr std::array<const char*, 4> directories = {
    "/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
    "/lib/systemd/system"};
constexpr std::size_t most_entries = 10'000;
constexpr std::size_t longest_unit = 64 << 10;

bool is_wants(std::string_view name) {
  if (!name.ends_with(".wants") && !name.ends_with(".requires")) return false;
  // Not of a boot as it usually goes.
  for (const std::string_view other : {"rescue.target.", "emergency.target.", "reboot.target.",
                                       "poweroff.target.", "halt.target.", "shutdown.target."})
    if (name.starts_with(other)) return false;
  return true;
}

std::vector<std::string> entries(const std::string& path) {
  std::vector<std::string> names;
  const Directory directory = open_directory(path);
  if (!directory) return names;
  while (const dirent* entry = readdir(directory.get())) {
    if (entry->d_name[0] != '.' && names.size() < most_entries) names.emplace_back(entry->d_name);
  }
  return names;
}

// The file that is its unit; empty: none, or it is masked.
std::string fragment(const std::string& unit) {
  for (const char* directory : directories) {
    const std::string path = std::string{directory} + "/" + unit;
    struct stat st {};
    if (stat(path.c_str(), &st) != 0) {
      if (exists(path)) return {}; // a link to nothing
      continue;
    }
    return S_ISREG(st.st_mode) && st.st_size > 0 ? path : std::string{};
  }
  return {};
}

// The values of ExecStart=, a reset left out; nothing: one ends in a continuation.
std::optional<std::vector<std::string>> starts_of(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    std::string_view line = parse::take_line(text);
    while (line.starts_with(' ') || line.starts_with('\t'))
      line.remove_prefix(1);
    if (!line.starts_with("ExecStart")) continue;
    const std::size_t equals = line.find('=');
    const std::string_view name = line.substr(0, line.find_first_of(" \t="));
    if (name != "ExecStart" || equals == std::string_view::npos) continue;
    if (line.ends_with('\\')) return std::nullopt;
    found.emplace_back(line.substr(equals + 1));
  }
  return found;
}

std::optional<std::vector<std::string>> plain_words(std::string_view text) {
  if (text.find_first_of("\"'\\$%;") != std::string_view::npos) return std::nullopt;
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t start = text.find_first_not_of(" \t\r");
    if (start == std::string_view::npos) break;
    const std::size_t end = std::min(text.find_first_of(" \t\r", start), text.size());
    words.emplace_back(text.substr(start, end - start));
    text.remove_prefix(end);
  }
  if (words.empty()) return std::nullopt;
  words.front().erase(0, words.front().find_first_not_of("@-:+!"));
  return words;
}

std::vector<std::string> drop_ins(const std::string& unit) {
  std::vector<std::string> files;
  for (const char* directory : directories) {
    const std::string path = std::string{directory} + "/" + unit + ".d";
    for (const std::string& name : entries(path))
      if (name.ends_with(".conf")) files.push_back(path + "/" + name);
  }
  return files;
}

} // namespace

BootUnits::BootUnits() {
  bool any = false;
  for (const char* directory : directories) {
    for (const std::string& name : entries(directory)) {
      any = true;
      if (!is_wants(name)) continue;
      for (std::string& unit : entries(std::string{directory} + "/" + name))
        wanted_.insert(std::move(unit));
    }
  }
  if (!any) why_unknown_ = "no unit files of systemd";
}

bool BootUnits::starts(const std::string& unit) const {
  return wanted_.contains(unit) && !fragment(unit).empty();
}

std::vector<std::string> BootUnits::own_services() const {
  std::vector<std::string> files;
  for (const std::string& unit : wanted_) {
    const std::string path = fragment(unit);
    struct stat st {};
    // A link there is how a unit of a package gets another name.
    if (unit.ends_with(".service") && path.starts_with("/etc/") && lstat(path.c_str(), &st) == 0 &&
        S_ISREG(st.st_mode))
      files.push_back(path);
  }
  return files;
}

Fact<std::vector<std::string>> BootUnits::command(const std::string& unit) const {
  const std::string path = fragment(unit);
  const auto text = read_file(path, longest_unit);
  if (!text) return Unknown{text.why()};
  for (const std::string& file : drop_ins(unit)) {
    const auto more = read_file(file, longest_unit);
    if (!more) return Unknown{more.why()};
    if (more->find("ExecStart") != std::string::npos)
      return Unknown{file + " changes what is started"};
  }
  const auto starts = starts_of(*text);
  const auto words = starts && starts->size() == 1 ? plain_words(starts->front()) : std::nullopt;
  if (!words) return Unknown{path + ": ExecStart= is more than plain words"};
  return *words;
}

std::vector<std::string> BootUnits::paths(const std::string& unit) {
  std::vector<std::string> all;
  for (const char* directory : directories) {
    const std::string base = std::string{directory} + "/";
    all.push_back(base + unit);
    all.push_back(base + unit + ".d");
    for (const char* target : {"sysinit.target", "basic.target", "network.target",
                               "network-pre.target", "multi-user.target", "graphical.target"})
      all.push_back(base + target + ".wants");
  }
  const auto files = drop_ins(unit);
  all.insert(all.end(), files.begin(), files.end());
  return all;
}

} // namespace sshguardd::host
