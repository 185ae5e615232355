#include "host/sshd_rules.hpp"

#include "host/helper.hpp"
#include "parse/login_rules.hpp"
#include "parse/sshd_messages.hpp"

#include <utility>

#include <unistd.h>

namespace sshguardd::host {
namespace {

// The same where an empty directory of root's is there, in a mount name space of its own: the
// machine's /run/sshd comes and goes with the unit, and is not ours to make.
std::vector<std::string> with_directory(const std::string& path, std::vector<std::string> argv) {
  std::vector<std::string> all{
      "/usr/bin/unshare",
      "--mount",
      "/bin/sh",
      "-c",
      "mount -t tmpfs -o mode=755 none /run && mkdir -m 755 \"$0\" && exec \"$@\"",
      path};
  for (std::string& word : argv)
    all.push_back(std::move(word));
  return all;
}

} // namespace

Fact<std::string> sshd_settings(const std::vector<std::string>& sshd, const std::string& name,
                                const std::string& from) {
  if (sshd.empty()) return Unknown{"sshd's command line is not known"};
  // A name with a comma would be read as further words.
  if (name.find_first_of(",= ") != std::string::npos)
    return Unknown{"sshd cannot be asked for such a name"};
  HelperSpec spec{.argv = sshd, .environment = {}};
  spec.argv.insert(
      spec.argv.end(),
      {"-C", "user=" + name + (from.empty() ? "" : ",host=" + from + ",addr=" + from)});
  for (char** variable = environ; *variable != nullptr; ++variable)
    spec.environment.emplace_back(*variable);
  spec.deadline = std::chrono::seconds{10};
  spec.output_limit = 1 << 20;
  HelperResult told = run_helper(spec);
  if (told.exit_status == 0) return std::move(told.out);
  if (told.exit_status < 0) return Unknown{told.error.empty() ? "no answer" : told.error};

  spec.errors = true;
  const HelperResult again = run_helper(spec);
  const auto said = parse::sshd_test_output(again.out, again.exit_status);
  if (said.privsep_dir_only && said.privsep_dir.starts_with("/run/")) {
    spec.errors = false;
    spec.argv = with_directory(said.privsep_dir, std::move(spec.argv));
    told = run_helper(spec);
    if (told.exit_status == 0) return std::move(told.out);
  }
  if (said.errors.empty()) return Unknown{"no answer"};
  const ConfigError& error = said.errors.front();
  return Unknown{(error.file.empty() ? "" : error.file + ":" + std::to_string(error.line) + ": ") +
                 error.message};
}

std::optional<LoginRules> sshd_rules(const std::vector<std::string>& sshd, const std::string& name,
                                     const std::string& from) {
  const auto told = sshd_settings(sshd, name, from);
  return told ? std::optional{parse::login_rules(*told)} : std::nullopt;
}

} // namespace sshguardd::host
