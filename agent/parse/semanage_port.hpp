// Which ports SELinux gives to sshd, from `semanage port -l`.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <string_view>

namespace sshguardd::parse {

// "ssh_port_t                     tcp      2222, 22, 2200-2210": the ports of that line.
[[nodiscard]] SelinuxPorts semanage_port(std::string_view output);

} // namespace sshguardd::parse
