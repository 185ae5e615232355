#include "engine/config_change.hpp"

#include "engine/encode.hpp"
#include "parse/mode.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace sshguardd::engine {
namespace {

using parse::ConfigFile;
using parse::ConfigSet;
using Kind = ConfigFile::Kind;

constexpr std::size_t context = 2;
constexpr std::size_t max_line = 160;
// Above this many pairs of lines the middle is shown as taken out and put in, as a whole.
constexpr std::size_t max_pairs = 1U << 20U;

ConfigFile absent(const std::string& path) {
  ConfigFile file;
  file.path = path;
  file.kind = Kind::absent;
  return file;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

struct Edit {
  char sign; // ' ', '-', '+'
  std::string_view line;
};

using Lines = std::vector<std::string_view>;

// The longest common subsequence of what is between the common beginning and the common end.
void middle(const Lines& a, const Lines& b, std::vector<Edit>& edits) {
  const std::size_t width = b.size() + 1;
  std::vector<std::uint32_t> length((a.size() + 1) * width, 0);
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;)
      length[i * width + j] =
          a[i] == b[j] ? length[(i + 1) * width + j + 1] + 1
                       : std::max(length[(i + 1) * width + j], length[i * width + j + 1]);
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      edits.push_back({' ', a[i++]});
      ++j;
    } else if (i < a.size() &&
               (j == b.size() || length[(i + 1) * width + j] >= length[i * width + j + 1])) {
      edits.push_back({'-', a[i++]});
    } else {
      edits.push_back({'+', b[j++]});
    }
  }
}

std::vector<Edit> edits_of(Lines a, Lines b) {
  std::vector<Edit> edits;
  std::size_t start = 0;
  while (start < std::min(a.size(), b.size()) && a[start] == b[start])
    edits.push_back({' ', a[start++]});
  Lines end;
  while (a.size() > start && b.size() > start && a.back() == b.back()) {
    end.push_back(a.back());
    a.pop_back();
    b.pop_back();
  }
  const auto at = static_cast<std::ptrdiff_t>(start);
  a.erase(a.begin(), a.begin() + at);
  b.erase(b.begin(), b.begin() + at);
  if ((a.size() + 1) * (b.size() + 1) <= max_pairs) {
    middle(a, b, edits);
  } else {
    for (const auto& line : a)
      edits.push_back({'-', line});
    for (const auto& line : b)
      edits.push_back({'+', line});
  }
  for (auto line = end.rbegin(); line != end.rend(); ++line)
    edits.push_back({' ', *line});
  return edits;
}

void add_hunks(const std::vector<Edit>& edits, std::vector<std::string>& out) {
  std::size_t line = 1; // of the file as it is now
  bool gap = true;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    const std::size_t first = i < context ? 0 : i - context;
    const std::size_t last = std::min(edits.size(), i + context + 1);
    const bool near = std::any_of(edits.begin() + static_cast<std::ptrdiff_t>(first),
                                  edits.begin() + static_cast<std::ptrdiff_t>(last),
                                  [](const Edit& edit) { return edit.sign != ' '; });
    if (near && gap) out.push_back("@@ line " + std::to_string(line) + " @@");
    if (near) out.push_back(edits[i].sign + encode(edits[i].line, max_line));
    gap = !near;
    if (edits[i].sign != '+') ++line;
  }
}

std::string metadata(const ConfigFile& file) {
  return "mode " + parse::mode_text(file.mode) + " owner " + std::to_string(file.uid) + ":" +
         std::to_string(file.gid) + (file.label.empty() ? "" : " label " + encode(file.label, 100));
}

void add_change(const ConfigChange& change, std::vector<std::string>& out) {
  const std::string path = encode(change.path(), max_line);
  const ConfigFile& before = change.before;
  const ConfigFile& after = change.after;
  out.push_back(before.kind == Kind::absent ? "--- " + path + " (is not there)" : "--- " + path);
  out.push_back(after.kind == Kind::absent ? "+++ " + path + " (moved aside)" : "+++ " + path);
  for (const auto* file : {&before, &after}) {
    const bool was = file == &before;
    if (file->kind == Kind::link)
      out.push_back((was ? "-link to " : "+link to ") + encode(file->text, max_line));
  }
  if (before.kind == Kind::file && after.kind == Kind::file &&
      metadata(before) != metadata(after)) {
    out.push_back("-" + metadata(before));
    out.push_back("+" + metadata(after));
  }
  if (before.kind == Kind::link && after.kind != Kind::file) return;
  const auto text_of = [](const ConfigFile& file) {
    return file.kind == Kind::file ? lines_of(file.text) : Lines{};
  };
  add_hunks(edits_of(text_of(before), text_of(after)), out);
}

} // namespace

std::vector<ConfigChange> config_changes(const ConfigSet& now, const ConfigSet& wanted) {
  std::set<std::string> paths;
  for (const ConfigSet* set : {&now, &wanted}) {
    for (const ConfigFile& file : set->files)
      paths.insert(file.path);
  }
  std::vector<ConfigChange> changes;
  for (const std::string& path : paths) {
    const ConfigFile* before = now.find(path);
    const ConfigFile* after = wanted.find(path);
    ConfigChange change{before != nullptr ? *before : absent(path),
                        after != nullptr ? *after : absent(path)};
    if (!same_but_label(change.before, change.after)) changes.push_back(std::move(change));
  }
  return changes;
}

std::string without_idle_parts(const std::string& path) {
  std::string plain;
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = std::string_view{path}.substr(start, end - start);
    if (!part.empty() && part != ".") plain += "/" + std::string{part};
    start = end + 1;
  }
  return plain;
}

std::string link_target(const ConfigFile& link) {
  const std::string whole = without_idle_parts(
      link.text.starts_with('/') ? link.text
                                 : link.path.substr(0, link.path.rfind('/') + 1) + link.text);
  std::string plain;
  for (std::size_t start = 1; start < whole.size();) {
    const std::size_t end = std::min(whole.find('/', start), whole.size());
    const std::string part = whole.substr(start, end - start);
    if (part == "..")
      plain.resize(plain.empty() ? 0 : plain.rfind('/'));
    else
      plain += "/" + part;
    start = end + 1;
  }
  return plain;
}

ConfigSet distribution_default(const ConfigSet& now, const std::string& main_file,
                               const std::string& text, const std::vector<std::string>& kept) {
  std::string path = main_file;
  ConfigSet wanted;
  for (const ConfigFile* link = now.find(path); link != nullptr && link->kind == Kind::link;
       link = now.find(path)) {
    if (wanted.find(path) != nullptr) { // in a circle
      wanted.files.clear();
      path = main_file;
      break;
    }
    wanted.files.push_back(*link);
    path = link_target(*link);
  }
  ConfigFile file;
  file.path = path;
  file.mode = 0644;
  if (const ConfigFile* old = now.find(path); old != nullptr) file.label = old->label;
  file.text = text;
  wanted.files.push_back(std::move(file));
  for (const ConfigFile& old : now.files) {
    const bool keep = std::ranges::find(kept, old.path) != kept.end();
    if (keep && wanted.find(old.path) == nullptr) wanted.files.push_back(old);
  }
  return wanted;
}

std::string change_list(const std::vector<ConfigChange>& changes) {
  std::string text;
  for (const ConfigChange& change : changes) {
    const char* what = change.before.kind == Kind::absent  ? "comes back:  "
                       : change.after.kind == Kind::absent ? "moved aside: "
                                                           : "replaced:    ";
    text += what + encode(change.path(), max_line) + "\n";
  }
  return text;
}

std::string diff_text(const std::vector<ConfigChange>& changes, std::size_t max_lines) {
  std::vector<std::string> lines;
  for (const ConfigChange& change : changes)
    add_change(change, lines);
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), max_lines); ++i)
    text += lines[i] + "\n";
  if (lines.size() > max_lines)
    text += "... " + std::to_string(lines.size() - max_lines) + " more lines\n";
  return text;
}

bool would_prove(const Snapshot& snapshot) {
  if (!snapshot.units || !snapshot.config || !snapshot.config_test || !snapshot.instance)
    return false;
  const Unit& service = snapshot.units->service;
  const SshdConfig& config = *snapshot.config;
  const ConfigTest& test = *snapshot.config_test;
  // It reads its configuration after it is started, or told to by SIGHUP, and before it is active;
  // the kernel stamps files with the time of its last tick, up to 10 ms ago.
  constexpr std::int64_t tick_us = 20'000;
  const std::int64_t started = std::max(service.main_start_us, service.reload_us) - tick_us;
  // A clock that was set back since makes a newer file look older.
  return service.active() && !service.moving() && service.main_pid != 0 &&
         service.main_start_us > 0 && service.active_state != "reloading" &&
         started + tick_us <= snapshot.taken.wall.time_since_epoch().count() &&
         config.incomplete.empty() && config.newest_change_us < started &&
         config.newest_environment_us < service.main_start_us - tick_us &&
         config.newest_entry_us < started && test.passed && test.privsep_dir.empty() &&
         test.fingerprint == config.fingerprint && snapshot.instance->provisioned;
}

} // namespace sshguardd::engine
