#include "harness.hpp"
#include "parse/sshd_effective.hpp"
#include "parse/sshd_policy.hpp"

#include <chrono>
#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  // As it is, and as the value of the keywords that are read.
  for (const char* before :
       {"", "listenaddress ", "listenaddress 0.0.0.0:22\npersourcepenalties "}) {
    for (const PolicySetting& setting : parse::sshd_policy(before + std::string{text})) {
      fuzz::require(!setting.keyword.empty() && setting.value.size() <= 8192);
      fuzz::require(setting.value.find('\n') == std::string::npos);
    }
    const auto effective = parse::sshd_effective(before + std::string{text});
    if (!effective) continue;
    fuzz::require(!effective->listen.empty() && effective->listen.size() <= 64);
    for (const ListenAddress& address : effective->listen) {
      fuzz::require(address.port != 0);
      fuzz::require(address.ipv6 || !address.address.empty());
      fuzz::require(address.address.find('\n') == std::string::npos);
    }
    // Twice the penalty is added to a time.
    fuzz::require(effective->noauth_penalty >= std::chrono::seconds{0} &&
                  effective->noauth_penalty <= std::chrono::hours{24});
  }
  return 0;
}
