// What ssh(1) tells the person who tries. Pure.
#pragma once

#include "sshguardd/firewall.hpp"

#include <string_view>

namespace sshguardd::firewall {

// Empty: nothing of the firewall, or nobody can tell. As measured with a Linux client; where its
// network swallows ICMP it is "Connection timed out".
[[nodiscard]] std::string_view client_message(const Answer& answer, bool ipv6);
[[nodiscard]] std::string_view client_message(const Answer::Possible& what, bool ipv6);

} // namespace sshguardd::firewall
