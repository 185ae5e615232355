// access.conf(5), the file of pam_access.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// Whether it lets the account in from nowhere at all, for certain: the first line that fits
// decides, and what depends on the client, a netgroup or a host may fit or not.
[[nodiscard]] bool access_denied(std::string_view access_conf, std::string_view account,
                                 const std::vector<std::string>& groups);

} // namespace sshguardd::parse
