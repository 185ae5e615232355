#include "harness.hpp"
#include "parse/ssh_banner.hpp"

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using parse::BannerState;
  // The first byte says where the network has cut the answer in two.
  const std::size_t cut = size == 0 ? 0 : std::size_t{data[0]} % size;
  const std::string_view bytes = fuzz::text_of(data, size).substr(size == 0 ? 0 : 1);
  const auto early = parse::ssh_banner(bytes.substr(0, cut));
  const auto banner = parse::ssh_banner(bytes);
  const bool named = banner.state == BannerState::banner || banner.state == BannerState::kexinit;
  fuzz::require(banner.identification.size() <= 255 && named != banner.identification.empty());
  // What was decided stays decided, however much comes after it.
  if (early.state == BannerState::banner)
    fuzz::require(named && banner.identification == early.identification);
  else if (early.state != BannerState::incomplete)
    fuzz::require(banner.state == early.state && banner.identification == early.identification);
  return 0;
}
