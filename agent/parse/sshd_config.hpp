// The little of sshd_config that is needed to know which files it is made of (servconf.c,
// misc.c:argv_split). Everything else is sshd's own answer.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// The patterns of all Include lines, in order, inside Match blocks too; keyword case-insensitive,
// "keyword=value" and quotes as sshd reads them, several patterns a line. A pattern that is not
// absolute lies under /etc/ssh whatever -f says (sshd_config(5)); it is returned absolute.
[[nodiscard]] std::vector<std::string> include_patterns(std::string_view sshd_config);

// The files of the HostKey lines, in order, absolute.
[[nodiscard]] std::vector<std::string> host_key_files(std::string_view sshd_config);

// One line with a keyword that was asked for.
struct Directive {
  std::string_view keyword; // the one of `keywords` that it is
  std::vector<std::string> words;
  int line = 0; // from 1
};
// The lines about these keywords (in lower case), in order; what sshd cannot split is left out.
[[nodiscard]] std::vector<Directive> directives(std::string_view sshd_config,
                                                std::span<const std::string_view> keywords);
// The words of an Include line as absolute patterns.
[[nodiscard]] std::vector<std::string> patterns_of(const std::vector<std::string>& words);

// The directories to watch so that a glob pattern's answer cannot change unseen: the longest parent
// without a wildcard. "/etc/ssh/sshd_config.d/*.conf" -> "/etc/ssh/sshd_config.d".
[[nodiscard]] std::string fixed_directory(std::string_view pattern);

} // namespace sshguardd::parse
