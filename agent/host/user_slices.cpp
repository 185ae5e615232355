#include "host/user_slices.hpp"

#include "host/files.hpp"
#include "parse/limits.hpp"

#include <cstddef>

#include <dirent.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_slices = 256;

} // namespace

std::vector<std::string> user_slices(const std::string& hierarchy) {
  const std::string above = "/user.slice";
  std::vector<std::string> slices;
  const Directory stream = open_directory(hierarchy + above);
  while (stream && slices.size() < most_slices) {
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (parse::uid_of_slice(name)) slices.push_back(above + "/" + name);
  }
  return slices;
}

} // namespace sshguardd::host
