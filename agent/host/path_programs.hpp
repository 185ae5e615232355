// XDP programs and tc's filters on the way of packets to sshd. Asks the kernel, which answers at
// once.
#pragma once

#include "sshguardd/firewall.hpp"

#include <string>
#include <vector>

namespace sshguardd::host {

// On these interfaces, and on what they are made of. What cannot be asked (tcx before Linux 6.6, or
// where bpf(2) is denied) is not there.
[[nodiscard]] std::vector<firewall::Program>
path_programs(const std::vector<std::string>& interfaces);

} // namespace sshguardd::host
