#include "parse/ssh_banner.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sshguardd::parse;
  std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto banner = ssh_banner(text);
  const bool named = banner.state == BannerState::banner || banner.state == BannerState::kexinit;
  if (banner.identification.size() > 255 || named == banner.identification.empty()) std::abort();
  return 0;
}
