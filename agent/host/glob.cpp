#include "host/glob.hpp"

#include <cstddef>

#include <dirent.h>
#include <glob.h>
#include <sys/stat.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_matches = 64;
constexpr std::size_t most_entries = 16384; // of all directories that are read

std::size_t entries_left = 0;

void* open_it(const char* path) {
  return opendir(path);
}
struct dirent* read_it(void* directory) {
  if (entries_left == 0) return nullptr;
  --entries_left;
  return readdir(static_cast<DIR*>(directory));
}
void close_it(void* directory) {
  closedir(static_cast<DIR*>(directory));
}
int stat_it(const char* path, struct stat* st) {
  return stat(path, st);
}
int lstat_it(const char* path, struct stat* st) {
  return lstat(path, st);
}

} // namespace

Fact<std::vector<std::string>> glob_paths(const std::string& pattern) {
  glob_t found{};
  found.gl_opendir = open_it;
  found.gl_readdir = read_it;
  found.gl_closedir = close_it;
  found.gl_stat = stat_it;
  found.gl_lstat = lstat_it;
  entries_left = most_entries;
  const int result = glob(pattern.c_str(), GLOB_ALTDIRFUNC, nullptr, &found);
  std::vector<std::string> paths;
  for (std::size_t at = 0; result == 0 && at < found.gl_pathc && at < most_matches; ++at)
    paths.emplace_back(found.gl_pathv[at]);
  const bool all = paths.size() == (result == 0 ? found.gl_pathc : 0);
  globfree(&found);
  if (result != 0 && result != GLOB_NOMATCH) return Unknown{"glob(3) failed"};
  if (entries_left == 0) return Unknown{"its directories are too large"};
  if (!all) return Unknown{"it names too many files"};
  return paths;
}

} // namespace sshguardd::host
