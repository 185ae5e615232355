// sshd's command line (sshd.c:main, getopt string) turned into the one that only tests.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::parse {

struct SshdTestCommand {
  std::vector<std::string> argv; // {path, "-t", options that shape the configuration ...}
  std::string config_file;       // of -f, else "/etc/ssh/sshd_config"; empty for "-f none"
};

// From what the unit runs (path and expanded argv). Keeps what shapes the configuration (-f -o -p
// -h -b -c -4 -6 -u ...), drops what would hide or redirect the answer or start a daemon (-D -d -e
// -E -i -q -r -R -t -T -G -V). To be run in "/", as systemd does: -f and -o may hold relative
// paths. nullopt where it is not a plain sshd command line (a wrapper, an unknown option, a missing
// or an extra argument).
[[nodiscard]] std::optional<SshdTestCommand>
sshd_test_command(const std::string& path, const std::vector<std::string>& argv);

} // namespace sshguardd::parse
