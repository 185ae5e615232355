#include "host/config_files.hpp"

#include "host/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <dirent.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t max_size = 64 << 10; // of one file
constexpr std::size_t max_drop_ins = 100;

void add(ConfigFiles& read, const std::string& path) {
  Fact<std::string> text = read_file(path, max_size);
  if (text)
    read.files.push_back({path, *text});
  else
    read.errors.push_back(text.why() + "; nothing of it is used");
}

bool is_drop_in(std::string_view name) {
  constexpr std::string_view ending = ".conf";
  return name.size() > ending.size() && name.ends_with(ending) && !name.starts_with('.');
}

std::vector<std::string> drop_ins(const std::string& path, std::vector<std::string>& errors) {
  std::vector<std::string> names;
  const Directory directory = open_directory(path);
  if (!directory) {
    if (errno != ENOENT) errors.push_back(errno_reason(path) + "; nothing in it is used");
    return names;
  }
  errno = 0;
  while (const dirent* entry = readdir(directory.get())) {
    if (is_drop_in(entry->d_name)) names.emplace_back(entry->d_name);
  }
  if (errno != 0) errors.push_back(errno_reason(path));
  std::ranges::sort(names); // as unsigned bytes, whatever the locale
  if (names.size() > max_drop_ins) {
    errors.push_back(path + ": " + std::to_string(names.size()) +
                     " files, allowed: " + std::to_string(max_drop_ins) + "; those from " +
                     names[max_drop_ins] + " on are not used");
    names.resize(max_drop_ins);
  }
  return names;
}

} // namespace

ConfigFiles read_config_files(const std::string& main_file, const std::string& directory) {
  ConfigFiles read;
  // No file is no error: every key has its default.
  if (exists(main_file)) add(read, main_file);
  for (const std::string& name : drop_ins(directory, read.errors))
    add(read, directory + "/" + name);
  return read;
}

ConfigFiles read_config_files(const std::vector<std::string>& paths) {
  ConfigFiles read;
  for (const std::string& path : paths)
    add(read, path);
  return read;
}

config::Loaded load_config(ConfigFiles files) {
  config::Loaded loaded = config::parse(files.files);
  loaded.errors.lines.insert(loaded.errors.lines.begin(),
                             std::make_move_iterator(files.errors.begin()),
                             std::make_move_iterator(files.errors.end()));
  return loaded;
}

} // namespace sshguardd::host
