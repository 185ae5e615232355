#include "parse/sshd_args.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sshguardd::parse;
  std::string_view text{reinterpret_cast<const char*>(data), size};
  std::vector<std::string> argv{"sshd"};
  while (!text.empty()) { // one word a line
    const std::size_t newline = text.find('\n');
    argv.emplace_back(text.substr(0, newline));
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  }
  const auto command = sshd_test_command("/usr/sbin/sshd", argv);
  if (command && (command->argv.size() < 2 || command->argv[1] != "-t")) std::abort();
  return 0;
}
