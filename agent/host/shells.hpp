// What an account's shell makes of its login.
#pragma once

#include "sshguardd/accounts.hpp"

#include <map>
#include <string>

#include <sys/stat.h>

namespace sshguardd::host {

// auth.c:allowed_user(): the shell is there and can be executed. Those that only say goodbye, or do
// one thing and end (Debian's account "sync"), let nobody in. Each is looked at once.
class Shells {
public:
  [[nodiscard]] ShellState state(const std::string& shell) {
    const std::string path = shell.empty() ? "/bin/sh" : shell;
    const auto [found, is_new] = seen_.try_emplace(path, ShellState::missing);
    struct stat st {};
    if (is_new && stat(path.c_str(), &st) == 0) {
      const bool farewell = path.ends_with("/nologin") || path.ends_with("/false") ||
                            path.ends_with("/sync") || path.ends_with("/shutdown") ||
                            path.ends_with("/halt");
      found->second = !S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0 ? ShellState::not_executable
                      : farewell                                       ? ShellState::says_goodbye
                                                                       : ShellState::usable;
    }
    return found->second;
  }

private:
  std::map<std::string, ShellState> seen_;
};

} // namespace sshguardd::host
