#include "parse/kernel_cmdline.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sshguardd::parse;
  std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto device = console_device(kernel_cmdline(text));
  if (device.rfind("/dev/", 0) != 0 || device.find('/', 5) != std::string::npos) std::abort();
  return 0;
}
