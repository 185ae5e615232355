// What ends everybody's or somebody's session as soon as it begins, and can be seen without a
// login: a PAM module that is not there, a ChrootDirectory that sshd refuses, a ForceCommand
// without a program. For the child that looks at accounts: it reads as root.
#pragma once

#include "host/mounts.hpp"
#include "parse/accounts_db.hpp"
#include "parse/pam_stack.hpp"
#include "sshguardd/accounts.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// Why sshd refuses ChrootDirectory's pattern for that account (session.c:safely_chroot()), and what
// a person types; empty where it does not, or where it lies on what may not answer.
struct ChrootProblem {
  std::string why;
  std::string mend;
};
[[nodiscard]] ChrootProblem chroot_problem(const std::string& pattern,
                                           const parse::PasswdEntry& account, const Mounts& mounts);

// Where PAM's modules are, or are looked for; empty where that is not known.
[[nodiscard]] std::vector<std::string> pam_module_directories();

// Of a PAM stack that sshd uses: lines whose missing module fails every login.
[[nodiscard]] std::vector<SessionObstacle>
pam_obstacles(const std::vector<parse::PamLine>& stack,
              const std::vector<std::string>& directories);

// Of one account, by the rules that hold for it.
[[nodiscard]] std::vector<SessionObstacle> session_obstacles(const LoginRules& rules,
                                                             const parse::PasswdEntry& account,
                                                             bool got_in, const Mounts& mounts);

} // namespace sshguardd::host
