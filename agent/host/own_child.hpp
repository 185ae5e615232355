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

// For main(), before anything else: its exit status where this process is such a child.
[[nodiscard]] std::optional<int> own_child_main(int argc, char** argv);

} // namespace sshguardd::host
