// What systemd passes to a service: environment files and $VARIABLE expansion of ExecStart=, by
// systemd's own rules (env-file.c: load_env_file; env-util.c: replace_env_argv; systemd.exec(5),
// systemd.service(5) "COMMAND LINES").
#pragma once

#include "sshguardd/snapshot.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

using Environment = std::map<std::string, std::string, std::less<>>;

// The assignments of an EnvironmentFile=, later ones winning. Comments (# ;), quotes, escapes and
// continuation lines as systemd reads them; names it would not export are left out. Empty where
// systemd refuses the whole file: a NUL in it, or one assignment that is not UTF-8. (With a
// mandatory file the service then does not start.) Before systemd 254 a comment that ends in a
// backslash took the next line with it.
[[nodiscard]] Environment environment_file(std::string_view text, int systemd_version = 254);

// "NAME=value" entries (Environment= as D-Bus gives it) over an environment; invalid ones are
// dropped.
void assign(Environment& into, const std::vector<std::string>& assignments);

// UnsetEnvironment=: "NAME", or "NAME=value" for exactly that value. execute.c: exec_child takes it
// away from Environment= and the environment files together, before it expands ExecStart=.
void unset(Environment& from, const std::vector<std::string>& names);

// argv as execve(2) gets it: `${NAME}` replaced in place, `$NAME` as a word of its own split at
// white space (quotes honoured), `$$` is `$`, an unset variable is empty. A word that begins with
// `$` and is no variable (`$A/b`) vanishes, `$NAME` later in a word stays as it is. argv[0] is
// expanded like the others.
[[nodiscard]] std::vector<std::string> expand(const ExecCommand& command,
                                              const Environment& environment);

} // namespace sshguardd::parse
