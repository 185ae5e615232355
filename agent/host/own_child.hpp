// Functions that run in a short-lived process of their own, since they may hang on a file system or
// change who the process is: the agent's and sshguardctl's own program, started anew with a word.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// The argv of a ChildSpec. Works after a package upgrade, too: it is the program that runs.
[[nodiscard]] std::vector<std::string> own_child(std::string_view word,
                                                 std::vector<std::string> arguments = {});

// The file that it is, for who has another program start it; after an upgrade the new one.
[[nodiscard]] std::string own_program();

// For main(), before anything else: its exit status where this process is such a child.
[[nodiscard]] std::optional<int> own_child_main(int argc, char** argv);

// In such a child: behind everybody else, but not idle. On a disk that somebody fills that might
// never be its turn. Where memory is short it goes before others, and long before the agent.
void be_modest();
// ... likewise, and idle: whoever else wants the processor or the disk has it.
void be_patient();

} // namespace sshguardd::host
