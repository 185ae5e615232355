#include "host/signature.hpp"

#include "host/helper.hpp"

namespace sshguardd::host {

Fact<bool> signature_is_genuine(const std::string& certificate) {
  const HelperResult told = run_helper({.argv = {"/usr/bin/ssh-keygen", "-L", "-f", "/dev/stdin"},
                                        .environment = plain_environment(),
                                        .groups = {},
                                        .input = certificate + "\n",
                                        .errors = true});
  if (told.exit_status == 0) return true;
  // ssherr.c: SSH_ERR_SIGNATURE_INVALID; SSH_ERR_INVALID_FORMAT, where the key that signed is none.
  for (const char* refused : {": incorrect signature", ": invalid format"}) {
    if (told.out.find(refused) != std::string::npos) return false;
  }
  if (told.timed_out) return Unknown{"ssh-keygen -L did not end within 5 s"};
  return Unknown{"ssh-keygen -L ended with exit status " + std::to_string(told.exit_status)};
}

} // namespace sshguardd::host
