#include "parse/sshd_config.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sshguardd::parse;
  std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const auto& pattern : include_patterns(text)) {
    if (pattern.empty() || pattern[0] != '/' || fixed_directory(pattern)[0] != '/') std::abort();
  }
  (void)fixed_directory(text);
  return 0;
}
