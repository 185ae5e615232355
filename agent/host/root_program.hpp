// Programs that sshd runs for its users (AuthorizedKeysCommand, AuthorizedPrincipalsCommand), and
// those of the system that the agent has run.
#pragma once

#include "parse/safe_path.hpp"

#include <string>

namespace sshguardd::host {

// Why sshd does not run it: it and all on the way to it has to be root's, and nobody else's to
// write (misc.c:subprocess(), safe_path() for uid 0). Empty: it does.
[[nodiscard]] std::string why_not_run(const std::string& program, const parse::SafePath& strict);

// Its absolute path where the system keeps its own programs, and it is root's all the way; empty:
// not installed.
[[nodiscard]] std::string system_program(const std::string& name);

} // namespace sshguardd::host
