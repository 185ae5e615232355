// pam.conf(5): which modules a service's logins pass.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct PamLine {
  std::string type;    // "auth", "account", "password", "session"
  std::string control; // "required", "[success=1 default=ignore]"
  std::string path;    // of the module, as it is written
  std::string module;  // "pam_unix.so", without a directory
  std::vector<std::string> arguments;
  bool may_be_missing = false; // "-session"
  std::string file;            // by its name in /etc/pam.d
  std::uint32_t number = 0;
};

// The lines of /etc/pam.d/SERVICE (without it those of "other"), with what it includes in their
// place. `read` gives the text of a file there, by its name. nullopt where one cannot be read, or
// they are more than anybody has.
using ReadPamFile = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] std::optional<std::vector<PamLine>> pam_stack(const std::string& service,
                                                            const ReadPamFile& read);

// What a module's failure is called between brackets.
inline constexpr std::string_view module_unknown = "module_unknown"; // it is missing
inline constexpr std::string_view perm_denied = "perm_denied";
inline constexpr std::string_view module_aborts = "abort";

// Of those of that type the first one whose module fails so, and which no login passes: it is
// reached whatever the modules before it say, and its control makes that a failure. Null where that
// is not certain. `succeeds` is a module that is known to, "pam_unix.so"; or empty.
[[nodiscard]] const PamLine* failing_line(const std::vector<PamLine>& lines, std::string_view type,
                                          const std::function<bool(const PamLine&)>& fails,
                                          std::string_view code = module_unknown,
                                          std::string_view succeeds = {});

// Whether a line lets pass that its module fails so: "optional", "[perm_denied=ignore]".
[[nodiscard]] bool ignores(const PamLine& line, std::string_view code);

[[nodiscard]] const PamLine* find_module(const std::vector<PamLine>& lines, std::string_view type,
                                         std::string_view module);

// A module that may take a password or a token which shadow(5) does not know of: "pam_krb5.so";
// empty where there is none.
[[nodiscard]] std::string foreign_auth(const std::vector<PamLine>& lines);

} // namespace sshguardd::parse
