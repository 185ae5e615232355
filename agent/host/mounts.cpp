#include "host/mounts.hpp"

#include "host/files.hpp"

namespace sshguardd::host {

Mounts Mounts::read() {
  const auto text = read_proc("/proc/self/mountinfo", 4 << 20);
  return Mounts{text ? std::string_view{*text} : std::string_view{}};
}

Mounts::Mounts(std::string_view mountinfo) : mounts_{parse::mountinfo(mountinfo)} {}

std::string Mounts::remote(std::string_view path) const {
  const parse::Mount* on = parse::covering(mounts_, path);
  if (on == nullptr) return "no known file system";
  return parse::may_not_answer(on->type) ? on->type : "";
}

} // namespace sshguardd::host
