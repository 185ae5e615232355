#include "host/sshd_version.hpp"

#include "host/helper.hpp"

namespace sshguardd::host {

std::optional<parse::OpensshVersion> SshdVersion::get() {
  if (!asked_ && !program_.empty()) {
    // Before 9.3 there is no -V: the usage, which it prints then, begins with the version.
    const HelperResult told = run_helper({.argv = {program_, "-V"},
                                          .environment = plain_environment(),
                                          .groups = {},
                                          .input = {},
                                          .errors = true});
    version_ = parse::openssh_version(told.out);
  }
  asked_ = true;
  return version_;
}

} // namespace sshguardd::host
