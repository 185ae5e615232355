#include "parse/systemd_exec.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sshguardd::parse;
  std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto environment = environment_file(text, text.size() % 2 == 0 ? 252 : 257);
  for (const auto& [name, value] : environment) {
    if (name.empty() || value.find('\0') != std::string::npos) std::abort(); // execve would cut it
  }
  const std::size_t middle = text.size() / 2;
  (void)expand({"/usr/sbin/sshd",
                {std::string{text.substr(0, middle)}, std::string{text.substr(middle)}},
                false},
               environment);
  return 0;
}
