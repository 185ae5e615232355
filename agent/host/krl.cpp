#include "host/krl.hpp"

#include "host/helper.hpp"

#include <string_view>

namespace sshguardd::host {

Fact<bool> revoked_by_list(const std::string& list, const std::string& key) {
  constexpr int revoked = 1; // also where it says nothing of that, should it ever
  const HelperResult told =
      run_helper({.argv = {"/usr/bin/ssh-keygen", "-Q", "-f", list, "/dev/stdin"},
                  .environment = plain_environment(),
                  .groups = {},
                  .input = key + "\n"});
  if (told.exit_status == 0) return false;
  if (told.exit_status == revoked && told.out.find("REVOKED") != std::string_view::npos)
    return true;
  if (told.timed_out) return Unknown{"ssh-keygen -Q -f " + list + " did not end within 5 s"};
  return Unknown{"ssh-keygen -Q -f " + list + " ended with exit status " +
                 std::to_string(told.exit_status)};
}

} // namespace sshguardd::host
