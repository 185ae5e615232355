#include "harness.hpp"
#include "parse/fail2ban.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{fuzz::text_of(data, size)};
  const auto whole = parse::fail2ban_banned(text);
  const auto ended = parse::fail2ban_banned(text + std::string{parse::fail2ban_end});
  for (const auto& bans : {whole, ended}) {
    if (!bans) continue;
    for (const parse::JailBan& ban : *bans) {
      // Its own words.
      fuzz::require(text.find(ban.jail) != std::string::npos);
      fuzz::require(text.find(ban.address) != std::string::npos);
    }
  }
  return 0;
}
