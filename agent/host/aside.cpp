#include "host/aside.hpp"

#include "host/config_file.hpp"
#include "host/files.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
using parse::ConfigFile;
using parse::ConfigSet;
using Failure = std::optional<std::string>;

constexpr std::string_view prefix = "aside-";
constexpr std::size_t max_changes = 2 << 20;
constexpr const char* edited = ".edited";

std::string path_of(const std::string& directory, unsigned number) {
  return directory + "/" + std::string{prefix} + std::to_string(number);
}
std::string changes_of(const std::string& aside) {
  return aside + "/changes";
}
std::string kept_of(const std::string& aside) {
  return aside + "/kept";
}

std::uintmax_t bytes_below(const std::string& directory) {
  std::uintmax_t sum = 0;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator{directory, error};
       !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
    std::error_code none;
    if (entry->is_regular_file(none) && !entry->is_symlink(none)) {
      const auto size = entry->file_size(none);
      if (!none) sum += size;
    }
  }
  return sum;
}

bool has_edited(const std::string& aside) {
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator{aside, error};
       !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
    if (entry->path().extension().string().starts_with(edited)) return true;
  }
  return false;
}

Failure put(const std::string& path, const ConfigFile& file) {
  if (auto why = make_directories(directory_of(path))) return why;
  if (auto why = make_config_file(path, file)) return why;
  return sync_directory(directory_of(path));
}

} // namespace

std::vector<Aside> asides(const std::string& directory) {
  std::vector<Aside> found;
  for (const unsigned number : numbered(directory, prefix))
    found.push_back({number, path_of(directory, number)});
  return found;
}

Fact<Aside> next_aside(const std::string& directory) {
  const auto found = asides(directory);
  std::uintmax_t bytes = 0;
  for (const Aside& aside : found)
    bytes += bytes_below(aside.path);
  if (found.size() >= max_asides || bytes >= max_aside_bytes)
    return Unknown{std::to_string(found.size()) + " rollbacks (" + std::to_string(bytes >> 10U) +
                   " KiB) are kept in " + directory +
                   ", as much as may be; delete what nobody needs: rm -r " + found.back().path};
  const unsigned number = found.empty() ? 1 : found.front().number + 1;
  return Aside{number, path_of(directory, number)};
}

Failure fill_aside(const std::string& aside, const ConfigSet& before) {
  ConfigFile changes;
  changes.mode = 0600;
  changes.text = to_text(before);
  if (auto why = put(changes_of(aside), changes)) return why;
  for (const ConfigFile& file : before.files) {
    if (file.kind == ConfigFile::Kind::absent) continue;
    if (auto why = put(aside + file.path, file)) return why;
  }
  return sync_directory(directory_of(aside));
}

Fact<ConfigSet> replaced_by(const Aside& aside) {
  const auto text = read_file(changes_of(aside.path), max_changes);
  if (!text) return Unknown{text.why()};
  if (auto set = parse::config_set(*text)) return *std::move(set);
  return Unknown{changes_of(aside.path) + ": damaged"};
}

Failure keep_edited(const std::string& aside, const ConfigFile& file) {
  constexpr int enough = 100;
  std::string path = aside + file.path + edited;
  for (int i = 2; exists(path); ++i) {
    const auto there = read_config_file(path);
    if (there && there->text == file.text && there->kind == file.kind) return std::nullopt;
    if (i == enough) return path + ": too many of these";
    path = aside + file.path + edited + "-" + std::to_string(i);
  }
  return put(path, file);
}

Failure keep_aside(const std::string& aside) {
  ConfigFile mark;
  mark.mode = 0600;
  return put(kept_of(aside), mark);
}

void drop_aside(const std::string& aside) {
  if (exists(kept_of(aside)) || has_edited(aside)) return;
  std::error_code error;
  fs::remove_all(aside, error);
}

} // namespace sshguardd::host
