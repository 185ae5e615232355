#include "host/mount_id.hpp"

#include "host/files.hpp"

#include <cstddef>
#include <string_view>

namespace sshguardd::host {

std::string mount_id_at(const std::string& fdinfo) {
  const auto text = read_proc(fdinfo, 4096);
  constexpr std::string_view key = "mnt_id:";
  const std::size_t at = text ? text->find(key) : std::string::npos;
  if (at == std::string::npos) return {};
  const std::size_t first = text->find_first_not_of(" \t", at + key.size());
  if (first == std::string::npos) return {};
  return text->substr(first, text->find('\n', first) - first);
}

std::string mount_id(int fd) {
  return mount_id_at("/proc/self/fdinfo/" + std::to_string(fd));
}

} // namespace sshguardd::host
