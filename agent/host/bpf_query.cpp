#include "host/bpf_query.hpp"

#include "host/fd.hpp"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

std::optional<std::size_t> query(int target, Attach attach, std::uint32_t flags) {
  bpf_attr question{};
  question.query.target_fd = static_cast<std::uint32_t>(target); // of a link its index
  question.query.attach_type = static_cast<std::uint32_t>(attach);
  question.query.query_flags = flags;
  // Without room for the programs' ids the kernel tells how many there are.
  if (syscall(SYS_bpf, BPF_PROG_QUERY, &question, sizeof question.query) != 0) return std::nullopt;
  return question.query.prog_cnt;
}

} // namespace

std::optional<std::size_t> programs_on_link(int index, Attach attach) {
  return query(index, attach, 0);
}

std::optional<std::size_t> programs_on_group(const std::string& directory, Attach attach,
                                             bool effective) {
  const Fd group{open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!group) return std::nullopt;
  return query(group.get(), attach, effective ? BPF_F_QUERY_EFFECTIVE : 0);
}

} // namespace sshguardd::host
