#include "host/sshd_rules.hpp"

#include "host/helper.hpp"
#include "parse/login_rules.hpp"

#include <unistd.h>

namespace sshguardd::host {

std::optional<std::string> sshd_settings(const std::vector<std::string>& sshd,
                                         const std::string& name, const std::string& from) {
  // A name with a comma would be read as further words.
  if (sshd.empty() || name.find_first_of(",= ") != std::string::npos) return std::nullopt;
  HelperSpec spec{.argv = sshd, .environment = {}};
  spec.argv.insert(
      spec.argv.end(),
      {"-C", "user=" + name + (from.empty() ? "" : ",host=" + from + ",addr=" + from)});
  for (char** variable = environ; *variable != nullptr; ++variable)
    spec.environment.emplace_back(*variable);
  spec.deadline = std::chrono::seconds{10};
  spec.output_limit = 1 << 20;
  HelperResult told = run_helper(spec);
  if (told.exit_status != 0) return std::nullopt;
  return std::move(told.out);
}

std::optional<LoginRules> sshd_rules(const std::vector<std::string>& sshd, const std::string& name,
                                     const std::string& from) {
  const auto told = sshd_settings(sshd, name, from);
  return told ? std::optional{parse::login_rules(*told)} : std::nullopt;
}

} // namespace sshguardd::host
