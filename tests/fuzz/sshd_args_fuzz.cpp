#include "harness.hpp"
#include "parse/sshd_args.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> argv{"sshd"};
  for (const std::string_view word : fuzz::split(fuzz::text_of(data, size), '\n'))
    argv.emplace_back(word);
  const auto command = parse::sshd_test_command("/usr/sbin/sshd", argv);
  if (!command) return 0;
  // Whatever follows -t, sshd cannot become a daemon.
  fuzz::require(command->argv.size() >= 2 && command->argv[0] == "/usr/sbin/sshd");
  fuzz::require(command->argv[1] == "-t");
  fuzz::require(command->config_file.empty() || command->config_file[0] == '/');
  for (const std::string& word : command->argv)
    fuzz::require(word.find('\0') == std::string::npos); // execve(2) would cut it there

  // What shapes the configuration is what shapes it when read once more.
  const auto again = parse::sshd_test_command("/usr/sbin/sshd", command->argv);
  fuzz::require(again && again->config_file == command->config_file);
  fuzz::require(again->argv.size() >= command->argv.size());
  fuzz::require(std::equal(command->argv.rbegin(), command->argv.rend() - 2, again->argv.rbegin()));
  return 0;
}
