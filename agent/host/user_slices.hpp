// The slices of users' sessions, as systemd-logind has them in the unified hierarchy of control
// groups: one for each user who is in.
#pragma once

#include <string>
#include <vector>

namespace sshguardd::host {

// "/user.slice/user-1000.slice", not too many of them; none where nobody was ever in, and where it
// cannot be read (errno).
[[nodiscard]] std::vector<std::string> user_slices(const std::string& hierarchy);

} // namespace sshguardd::host
