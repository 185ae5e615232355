#include "host/known_good.hpp"

#include "engine/config_change.hpp"
#include "host/config_file.hpp"
#include "host/files.hpp"
#include "host/instance.hpp"
#include "host/sshd_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace sshguardd::host {
namespace {

using parse::ConfigFile;
using parse::ConfigSet;

constexpr std::string_view prefix = "known-good.";
constexpr std::size_t max_stored = 2 << 20; // of one generation, with its headers

// Their owners put them back themselves, with tools of their own.
bool kept_by_others(std::string_view path) {
  for (const std::string_view place : {"/usr/", "/run/", "/etc/crypto-policies/"}) {
    if (path.starts_with(place)) return true;
  }
  return false;
}

std::string path_of(const Instance& instance, unsigned number) {
  return instance_directory(instance) + "/" + std::string{prefix} + std::to_string(number);
}

std::optional<ConfigSet> load(const Instance& instance, unsigned number) {
  const auto text = read_file(path_of(instance, number), max_stored);
  return text ? parse::config_set(*text) : std::nullopt;
}

struct Present {
  ConfigSet now;
  std::vector<engine::UnreadFile> unread;
};

Present present_files(const ConfigSet& wanted, const SshdConfig& config,
                      const engine::RollbackScope& scope) {
  Present present;
  std::set<std::string> seen;
  const auto add = [&](const std::string& name) {
    if (kept_by_others(name) || !seen.insert(name).second) return;
    if (!parse::is_plain_path(name))
      return present.unread.push_back({name, name + ": not a plain path"});
    // A private key has no business here.
    if (wanted.find(name) == nullptr && name.starts_with(directory_of(config.main_file) + "/") &&
        !engine::in_scope(name, scope))
      return present.unread.push_back({name, name + ": not sshd's configuration"});
    auto file = read_config_file(name);
    if (!file)
      present.unread.push_back({name, file.why()});
    else if (file->kind != ConfigFile::Kind::absent)
      present.now.files.push_back(*std::move(file));
  };
  for (const WatchedPath& path : config.paths) {
    if (path.configuration && path.identity != "directory")
      add(engine::without_idle_parts(path.path));
  }
  for (const ConfigFile& file : wanted.files)
    add(file.path);
  return present;
}

} // namespace

Fact<ConfigSet> read_config_set(const SshdConfig& config) {
  ConfigSet set;
  std::size_t total = 0;
  if (!config.incomplete.empty()) return Unknown{config.incomplete};
  for (const WatchedPath& path : config.paths) {
    // A directory that a pattern finds says nothing.
    if (!path.configuration || path.identity == "directory") continue;
    const std::string name = engine::without_idle_parts(path.path);
    // ".." behind a link leads elsewhere than it looks; a set without it would be half of one.
    if (!parse::is_plain_path(name))
      return Unknown{name + ": not a plain path, so that the configuration cannot be kept"};
    if (kept_by_others(name) || set.find(name) != nullptr) continue;
    auto file = read_config_file(name);
    if (!file) return Unknown{file.why()};
    if (file->kind == ConfigFile::Kind::absent) continue;
    total += file->text.size();
    if (set.files.size() == ConfigSet::max_files || total > ConfigSet::max_total)
      return Unknown{"sshd's configuration is too large to be kept"};
    set.files.push_back(*std::move(file));
  }
  std::ranges::sort(set.files, {}, &ConfigFile::path);
  return set;
}

std::vector<StoredSet> known_good(const Instance& instance) {
  std::vector<StoredSet> sets;
  for (const unsigned number : numbered(instance_directory(instance), prefix)) {
    if (auto set = load(instance, number)) sets.push_back({number, *std::move(set)});
  }
  return sets;
}

std::optional<std::string> save_known_good(const Instance& instance, const ConfigSet& set) {
  const std::string directory = instance_directory(instance);
  if (auto why = make_directories(directory)) return why;
  const auto before = numbered(directory, prefix);
  const unsigned number = before.empty() ? 1 : before.front() + 1;
  ConfigFile file;
  file.mode = 0600;
  file.text = to_text(set);
  if (auto why = replace_config_file(path_of(instance, number), file)) return why;
  std::size_t kept = 1;
  for (const unsigned older : before) {
    const auto other = load(instance, older);
    if (kept == known_good_kept || !other || other->files == set.files)
      remove_file(path_of(instance, older));
    else
      ++kept;
  }
  return std::nullopt;
}

bool leads_elsewhere(const std::string& path) {
  std::string directory = directory_of(path);
  while (directory.size() > 1 && !exists(directory))
    directory = directory_of(directory);
  char* resolved = realpath(directory.c_str(), nullptr);
  if (resolved == nullptr) return true;
  const bool elsewhere = directory != resolved;
  std::free(resolved); // NOLINT: realpath(3) allocates
  return elsewhere;
}

engine::RollbackScope rollback_scope(const Unit& service, const SshdConfig& config) {
  const auto call = service_call(service);
  return {config.main_file, call ? call->files : std::vector<std::string>{}};
}

Fact<engine::RollbackFiles> files_to_change(const ConfigSet& wanted, const SshdConfig& config,
                                            const engine::RollbackScope& scope) {
  if (!config.incomplete.empty()) return Unknown{config.incomplete};
  const Present present = present_files(wanted, config, scope);
  auto files = engine::rollback_files(present.now, present.unread, wanted, scope);
  if (!files.problem.empty()) return Unknown{files.problem};
  const auto end = files.changes.end();
  const auto elsewhere =
      std::stable_partition(files.changes.begin(), end, [](const engine::ConfigChange& change) {
        return !leads_elsewhere(change.path());
      });
  std::ranges::transform(elsewhere, end, std::back_inserter(files.left),
                         &engine::ConfigChange::path);
  files.changes.erase(elsewhere, end);
  return files;
}

Fact<KnownGood> compare_known_good(const Instance& instance, const Unit& service,
                                   const SshdConfig& config) {
  for (const unsigned number : numbered(instance_directory(instance), prefix)) {
    const auto set = load(instance, number);
    if (!set) continue;
    const auto files = files_to_change(*set, config, rollback_scope(service, config));
    // What cannot be read is another one, too: a file that grew out of all bounds, a device.
    return KnownGood{.saved_us = set->saved_us, .differs = !files || !files->changes.empty()};
  }
  return Unknown{"no configuration of this instance is known to be good"};
}

} // namespace sshguardd::host
