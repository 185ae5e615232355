#include "harness.hpp"
#include "parse/systemd_exec.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto environment = parse::environment_file(text, size % 2 == 0 ? 252 : 257);
  for (const auto& [name, value] : environment) {
    fuzz::require(!name.empty() && name.find('=') == std::string::npos);
    fuzz::require(value.find('\0') == std::string::npos); // execve(2) would cut it there
  }
  // Written as Environment= it is the same again.
  std::vector<std::string> assignments;
  for (const auto& [name, value] : environment)
    assignments.push_back(name + "=" + value);
  parse::Environment again;
  parse::assign(again, assignments);
  fuzz::require(again.size() <= environment.size());

  const std::size_t middle = text.size() / 2;
  const ExecCommand command{"/usr/sbin/sshd",
                            {std::string{text.substr(0, middle)}, std::string{text.substr(middle)}},
                            false};
  const auto argv = parse::expand(command, environment);
  if (text.find('$') == std::string_view::npos) fuzz::require(argv == command.argv);
  ExecCommand literal = command;
  literal.no_env_expand = true;
  fuzz::require(parse::expand(literal, environment) == command.argv);
  return 0;
}
