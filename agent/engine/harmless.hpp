// The clouds' own scanners read the serial log too, and take some phrases for a dead machine, a
// prompt or a failed boot. A foreign text that the agent quotes must not set them off.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sshguardd::engine {

[[nodiscard]] std::span<const std::string_view> scanned_phrases(); // in lower case

// Breaks each such phrase so that a person still reads it: "Kernel panic" becomes "Kernel_panic",
// "login:" becomes "login_". Upper or lower case; the size stays.
[[nodiscard]] std::string harmless(std::string encoded);

} // namespace sshguardd::engine
