// How many BPF programs are attached somewhere: bpf(2), BPF_PROG_QUERY. Takes CAP_NET_ADMIN, and
// before Linux 5.19 CAP_BPF where unprivileged programs are off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sshguardd::host {

enum class Attach : std::uint32_t {
  cgroup_ingress = 0, // BPF_CGROUP_INET_INGRESS
  cgroup_egress = 1,
  tcx_ingress = 46, // BPF_TCX_INGRESS (Linux 6.6), newer than some headers
  tcx_egress = 47
};

// On a link. Nothing: it could not be asked, or this kernel has none of that kind.
[[nodiscard]] std::optional<std::size_t> programs_on_link(int index, Attach attach);

// On a control group's directory; effective: with those above it, which its sockets meet as well.
[[nodiscard]] std::optional<std::size_t> programs_on_group(const std::string& directory,
                                                           Attach attach, bool effective);

} // namespace sshguardd::host
