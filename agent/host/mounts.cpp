#include "host/mounts.hpp"

#include "host/files.hpp"

#include <cstddef>

namespace sshguardd::host {

namespace {

constexpr std::size_t most_table = 4 << 20;

} // namespace

std::vector<parse::Mount> mounts_of(const std::string& process) {
  const auto text = read_proc(process + "/mountinfo", most_table);
  return parse::mountinfo(text ? *text : "");
}

Mounts Mounts::read() {
  Mounts mounts{""};
  mounts.mounts_ = mounts_of();
  return mounts;
}

Mounts::Mounts(std::string_view mountinfo) : mounts_{parse::mountinfo(mountinfo)} {}

std::string Mounts::remote(std::string_view path) const {
  const parse::Mount* on = parse::covering(mounts_, path);
  if (on == nullptr) return "no known file system";
  return parse::may_not_answer(on->type) ? on->type : "";
}

} // namespace sshguardd::host
