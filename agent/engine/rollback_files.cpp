#include "engine/rollback_files.hpp"

#include "engine/encode.hpp"
#include "parse/sshd_config.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fnmatch.h>

namespace sshguardd::engine {
namespace {

using parse::ConfigFile;
using parse::ConfigSet;
using Kind = ConfigFile::Kind;

constexpr std::size_t max_shown = 160; // of a path or a word

// By its own name or by that of its directory below sshd's ("ssh_config.d/x.conf").
bool is_something_else(std::string_view below) {
  constexpr std::string_view beginnings[] = {"ssh_host_", "ssh_config", "ssh_known_hosts"};
  constexpr std::string_view names[] = {"moduli", "sshrc"};
  const std::string_view first = below.substr(0, below.find('/'));
  const std::size_t last = below.rfind('/');
  for (const std::string_view name :
       {first, last == std::string_view::npos ? below : below.substr(last + 1)}) {
    if (std::ranges::find(names, name) != std::end(names) ||
        std::ranges::any_of(beginnings, [&](auto start) { return name.starts_with(start); }))
      return true;
  }
  return false;
}

bool is_environment_file(const std::string& path, const RollbackScope& scope) {
  constexpr std::string_view places[] = {"/etc/default/", "/etc/sysconfig/", "/etc/conf.d/",
                                         "/etc/ssh/"};
  return std::ranges::find(scope.environment_files, path) != scope.environment_files.end() &&
         std::ranges::any_of(places, [&](auto place) { return path.starts_with(place); });
}

// What sshd would read, once the files are put back, of what is there by then.
class Reading {
public:
  Reading(const ConfigSet& now, const std::vector<UnreadFile>& unread, const ConfigSet& wanted,
          const RollbackScope& scope)
      : scope_{scope} {
    for (const ConfigFile& file : now.files)
      files_[file.path] = {&file, wanted.find(file.path) == nullptr};
    for (const ConfigFile& file : wanted.files) {
      if (in_scope(file.path, scope)) files_[file.path] = {&file, false};
    }
    for (const UnreadFile& file : unread)
      files_.try_emplace(file.path, File{});
    add(scope.main_file);
    for (const std::string& path : scope.environment_files)
      reached_.insert(path);
  }

  [[nodiscard]] bool has(const std::string& path) const { return reached_.contains(path); }

private:
  struct File {
    const ConfigFile* file = nullptr;
    bool is_new = false;
  };

  void add(const std::string& path) {
    if (!reached_.insert(path).second) return;
    const auto found = files_.find(path);
    if (found == files_.end() || found->second.file == nullptr) return;
    // What goes aside includes nothing any more.
    if (found->second.is_new && in_scope(path, scope_)) return;
    const ConfigFile& file = *found->second.file;
    if (file.kind == Kind::link) return add(link_target(file));
    if (file.kind != Kind::file) return;
    for (const std::string& pattern : parse::include_patterns(file.text)) {
      const std::string plain = without_idle_parts(pattern);
      for (const auto& [name, other] : files_) {
        if (fnmatch(plain.c_str(), name.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0) add(name);
      }
    }
  }

  const RollbackScope& scope_;
  std::map<std::string, File> files_;
  std::set<std::string> reached_;
};

} // namespace

bool in_scope(const std::string& path, const RollbackScope& scope) {
  const std::string& main_file = scope.main_file;
  if (!parse::is_plain_path(path) || main_file.empty()) return false;
  if (path == main_file || is_environment_file(path, scope)) return true;
  // "/etc/ssh/"; of "/etc/sshd_config" only "/etc/sshd_config.d/".
  const std::size_t last = main_file.rfind('/');
  std::string below = last == std::string::npos ? "" : main_file.substr(0, last + 1);
  if (std::ranges::count(below, '/') < 3) below = main_file + ".d/";
  return path.starts_with(below) && !is_something_else(std::string_view{path}.substr(below.size()));
}

RollbackFiles rollback_files(const ConfigSet& now, const std::vector<UnreadFile>& unread,
                             const ConfigSet& wanted, const RollbackScope& scope) {
  const Reading reading{now, unread, wanted, scope};
  RollbackFiles sorted;
  for (ConfigChange& change : config_changes(now, wanted)) {
    const std::string& path = change.path();
    if (change.after.kind == Kind::absent && !reading.has(path)) continue;
    if (in_scope(path, scope))
      sorted.changes.push_back(std::move(change));
    else
      sorted.left.push_back(path);
  }
  for (const UnreadFile& file : unread) {
    const bool meant = wanted.find(file.path) != nullptr;
    if (!meant && !reading.has(file.path)) continue;
    if (!in_scope(file.path, scope))
      sorted.left.push_back(file.path);
    else if (sorted.problem.empty())
      sorted.problem = file.why;
  }
  return sorted;
}

std::string end_of_links(const ConfigSet& set, const std::string& main_file) {
  std::string path = main_file;
  std::set<std::string> seen;
  for (;;) {
    const ConfigFile* file = set.find(path);
    if (file == nullptr || file->kind != Kind::link || !seen.insert(path).second) return path;
    path = link_target(*file);
  }
}

std::vector<std::string> changed_policy(const std::vector<ConfigChange>& changes) {
  struct Keyword {
    std::string_view lower;
    const char* name;
  };
  constexpr std::array<Keyword, 12> table = {
      {{"passwordauthentication", "PasswordAuthentication"},
       {"kbdinteractiveauthentication", "KbdInteractiveAuthentication"},
       {"pubkeyauthentication", "PubkeyAuthentication"},
       {"permitrootlogin", "PermitRootLogin"},
       {"permitemptypasswords", "PermitEmptyPasswords"},
       {"port", "Port"},
       {"listenaddress", "ListenAddress"},
       {"allowusers", "AllowUsers"},
       {"allowgroups", "AllowGroups"},
       {"denyusers", "DenyUsers"},
       {"denygroups", "DenyGroups"},
       {"authorizedkeysfile", "AuthorizedKeysFile"}}};
  std::array<std::string_view, table.size()> keywords;
  std::ranges::transform(table, keywords.begin(), &Keyword::lower);
  const auto said = [&keywords](const ConfigFile& file, std::size_t at) {
    std::string lines;
    if (file.kind != Kind::file) return lines;
    for (const parse::Directive& line : parse::directives(file.text, keywords)) {
      if (line.keyword != keywords.at(at)) continue;
      for (const std::string& word : line.words)
        lines += (lines.empty() ? "" : " ") + encode(word, max_shown);
    }
    return lines;
  };
  std::vector<std::string> found;
  for (std::size_t i = 0; i < table.size(); ++i) {
    for (const ConfigChange& change : changes) {
      const std::string was = said(change.before, i);
      const std::string becomes = said(change.after, i);
      if (was == becomes) continue;
      found.push_back(std::string{table.at(i).name} + " in " + encode(change.path(), max_shown) +
                      ": " + (was.empty() ? "not set" : was) + " -> " +
                      (becomes.empty() ? "not set" : becomes));
    }
  }
  return found;
}

} // namespace sshguardd::engine
