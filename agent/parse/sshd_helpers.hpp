// The programs that an sshd binary starts for each connection, from the paths compiled into it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// "/usr/lib/openssh/sshd-session" (from OpenSSH 9.8 on), ".../sshd-auth" (from 10.0 on); none for
// an older one. `binary` is the file's content.
[[nodiscard]] std::vector<std::string> sshd_helpers(std::string_view binary);

} // namespace sshguardd::parse
