#include "parse/sshd_messages.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sshguardd::parse;
  std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto output = sshd_test_output(text, 255);
  if (output.errors.size() > 64 || (output.privsep_dir_only && output.no_hostkeys)) std::abort();
  for (const auto& error : output.errors) {
    if (error.line < 0) std::abort();
  }
  return 0;
}
