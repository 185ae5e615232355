// A command as a transient unit of systemd's, waited for (systemd-run(1)): for what the agent's own
// unit may not do. Pure.
#pragma once

#include <string>
#include <vector>

namespace sshguardd::engine {

// program: systemd-run. properties: of the unit, "RuntimeMaxSec=60". What the command prints comes
// back, nothing is asked of a person, and nothing of the unit is left.
[[nodiscard]] std::vector<std::string> systemd_run(const std::string& program,
                                                   const std::vector<std::string>& options,
                                                   const std::vector<std::string>& properties,
                                                   const std::vector<std::string>& command);

// What a program said last, for people: one line, bounded.
[[nodiscard]] std::string last_words(const std::string& out, const std::string& err);

} // namespace sshguardd::engine
