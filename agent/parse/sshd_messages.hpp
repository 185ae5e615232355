// What `sshd -t` says on stderr, in its many forms (facts: servconf.c, misc.c, authfile.c, sshd.c).
#pragma once

#include "sshguardd/snapshot.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct SshdTestOutput {
  // Why sshd refuses, those with a place first; options of the command line have the file
  // "command-line" and line 0. Without "terminating, N bad configuration options", banners and mere
  // notes (Deprecated, Unsupported option; a host key that does not load while another does). At
  // most 64.
  std::vector<ConfigError> errors;
  bool privsep_dir_only = false;  // the only error: /run/sshd (or its like) missing or unsafe
  std::string privsep_dir;        // the one it complains about; of is_privsep_dir() alone
  bool no_hostkeys = false;       // "no hostkeys available"
  std::vector<ConfigError> keys;  // host keys that do not load, whatever the exit status; likewise
  bool permission_denied = false; // could not read something: our sandbox or rights, not sshd's
};

// The places that OpenSSH is built with (--with-privsep-path): /run/sshd (Debian, Ubuntu),
// /var/empty (upstream), /usr/share/empty.sshd (Fedora family), /var/lib/sshd (Azure Linux),
// /var/lib/empty (SUSE) ... A path in a message is believed only where it is one of them.
[[nodiscard]] std::span<const std::string_view> privsep_dirs();
[[nodiscard]] bool is_privsep_dir(std::string_view path);

// exit_status as the child ended; where it is 0 nothing that was said is an error, and only `keys`
// is filled. Output is capped
// by the caller; a cut last line is left out unless it is all there is.
[[nodiscard]] SshdTestOutput sshd_test_output(std::string_view stderr_text, int exit_status);

} // namespace sshguardd::parse
