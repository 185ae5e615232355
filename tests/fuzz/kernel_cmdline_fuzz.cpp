#include "harness.hpp"
#include "parse/kernel_cmdline.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto cmdline = parse::kernel_cmdline(fuzz::text_of(data, size));
  for (const std::string& name : cmdline.consoles)
    fuzz::require(!name.empty() && name.find('/') == std::string::npos && fuzz::printable(name));
  // It is opened by root and written to.
  const std::string device = parse::console_device(cmdline);
  fuzz::require(device.starts_with("/dev/") && device.size() > 5);
  fuzz::require(device.find('/', 5) == std::string::npos && fuzz::printable(device));
  return 0;
}
