#include "parse/openssh_version.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

TEST(OpensshVersion, is_found_wherever_it_stands) {
  using Version = OpensshVersion;
  const struct {
    const char* text;
    std::optional<Version> version;
  } cases[] = {
      {"OpenSSH_10.0p2 Debian-7+deb13u4, OpenSSL 3.5.4 30 Sep 2025", Version{10, 0}},
      {"unknown option -- V\nOpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0", Version{9, 2}},
      {"SSH-2.0-OpenSSH_8.4p1", Version{8, 4}},
      {"SSH-2.0-OpenSSH_for_Windows_9.5", std::nullopt},
      {"OpenSSH_10", std::nullopt},
      {"OpenSSH_10.", std::nullopt},
      {"OpenSSH_99999999999.1", std::nullopt},
      {"OpenSSH_", std::nullopt},
      {"dropbear", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& one : cases)
    EXPECT_EQ(openssh_version(one.text), one.version) << one.text;
  EXPECT_TRUE((Version{9, 9}).before({10, 0}));
  EXPECT_TRUE((Version{10, 0}).before({10, 3}));
  EXPECT_FALSE((Version{10, 0}).before({10, 0}));
  EXPECT_FALSE((Version{10, 0}).before({9, 9}));
}

} // namespace
} // namespace sshguardd::parse
