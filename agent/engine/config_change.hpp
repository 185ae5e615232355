// From the configuration on disk to one that was kept: which files change, and how that looks.
#pragma once

#include "parse/config_set.hpp"
#include "sshguardd/snapshot.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace sshguardd::engine {

struct ConfigChange {
  parse::ConfigFile before; // Kind::absent: it comes back
  parse::ConfigFile after;  // Kind::absent: it is moved aside

  [[nodiscard]] const std::string& path() const { return before.path; }
};

// What differs, in the order of the paths; nothing where both are the same configuration. An
// SELinux label alone is none of it: that is what restorecon(8) is for.
[[nodiscard]] std::vector<ConfigChange> config_changes(const parse::ConfigSet& now,
                                                       const parse::ConfigSet& wanted);

// Where a link points to, as an absolute path without "." and "..".
[[nodiscard]] std::string link_target(const parse::ConfigFile& link);
// "/etc//ssh/./x" is "/etc/ssh/x" wherever links lead.
[[nodiscard]] std::string without_idle_parts(const std::string& path);

// The distribution's own: its main file, `text`, in the place of what is there (through a link, at
// its end), and every included file aside. The unit's environment files stay.
[[nodiscard]] parse::ConfigSet distribution_default(const parse::ConfigSet& now,
                                                    const std::string& main_file,
                                                    const std::string& text,
                                                    const std::vector<std::string>& kept);

// Every file, one a line: what happens to it.
[[nodiscard]] std::string change_list(const std::vector<ConfigChange>& changes);

// As `diff -u` has it, a few lines of context, each line encoded (engine/encode); at most so many
// lines in all, and it says how many there were more.
[[nodiscard]] std::string diff_text(const std::vector<ConfigChange>& changes,
                                    std::size_t max_lines = 200);

// Whether a login to the sshd that runs now would prove what lies on disk: sshd was started with
// it, and `sshd -t` accepts it. A look that could not see is no proof.
[[nodiscard]] bool would_prove(const Snapshot& snapshot);

} // namespace sshguardd::engine
