#include "host/who.hpp"

#include "host/files.hpp"

namespace sshguardd::host {

std::string who(pid_t pid, uid_t uid) {
  constexpr std::string_view nobody = "4294967295"; // (uid_t)-1: no login (audit_loginuid)
  const auto text = read_proc("/proc/" + std::to_string(pid) + "/loginuid");
  const std::string login = text ? text->substr(0, text->find('\n')) : std::string{};
  const bool known = !login.empty() && login != nobody &&
                     login.find_first_not_of("0123456789") == std::string::npos;
  return "uid " + (known ? login : std::to_string(uid));
}

} // namespace sshguardd::host
