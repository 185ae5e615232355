// What has a firewall let sshd in, as programs with arguments, and when that must not be. Pure.
#pragma once

#include "sshguardd/remedy.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sshguardd::engine {

// Why it is nothing to begin with: another owner, names that a program could take for something
// else. Empty: nothing speaks against it.
[[nodiscard]] std::string why_not_openable(const OpenFirewall& remedy);

// One after the other, each only where the one before ended well; argv[0] is the program's name
// alone. None where the one above says something.
[[nodiscard]] std::vector<std::vector<std::string>> open_steps(const OpenFirewall& remedy);

// How a person takes it back: a line for each step.
[[nodiscard]] std::vector<std::string> undo_steps(const OpenFirewall& remedy);

// "ufw prepend allow 22/tcp", as a person would type it.
[[nodiscard]] std::string command_text(const std::vector<std::string>& argv);

// The unit that does them: there is never a second one of that name.
inline constexpr const char* open_unit = "sshguardd-open.service";

// All of them together: ufw waits for its lock for as long as another one holds it.
inline constexpr std::chrono::seconds open_deadline{20};

// The step as systemd's own child: the agent's unit may not write to /etc/ufw, and both programs
// are written in Python. program: systemd-run(1); argv[0] is an absolute path.
[[nodiscard]] std::vector<std::string> opened_by_systemd(const std::string& program,
                                                         const std::vector<std::string>& argv);

} // namespace sshguardd::engine
