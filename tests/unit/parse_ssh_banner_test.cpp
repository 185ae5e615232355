#include "parse/ssh_banner.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sshguardd::parse {
namespace {

using namespace std::string_literals;

const std::string openssh = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10";
const std::string line = openssh + "\r\n";

struct BannerCase {
  const char* name;
  std::string bytes;
  BannerState state;
  std::string identification;
};

TEST(SshBanner, Table) {
  const BannerCase cases[] = {
      {"nothing", "", BannerState::incomplete, ""},
      {"first byte", "S", BannerState::incomplete, ""},
      {"not ended", openssh, BannerState::incomplete, ""},
      {"cr only", openssh + "\r", BannerState::incomplete, ""},
      {"banner", line, BannerState::banner, openssh},
      {"lf alone", openssh + "\n", BannerState::banner, openssh},
      {"1.99", "SSH-1.99-x\r\n", BannerState::banner, "SSH-1.99-x"},
      {"protocol 1", "SSH-1.5-x\r\n", BannerState::not_ssh, ""},
      {"protocol 3", "SSH-3.0-x\r\n", BannerState::not_ssh, ""},
      {"no version", "SSH-\r\n", BannerState::not_ssh, ""},
      {"lower case", "ssh-2.0-x\r\n", BannerState::incomplete, ""},
      {"text before", "hello\r\nworld\n" + line, BannerState::banner, openssh},
      {"utf-8 before", "gr\xc3\xbc\xc3\x9f dich\r\n" + line, BannerState::banner, openssh},
      {"text only", "hello\r\n", BannerState::incomplete, ""},
      {"kexinit", line + "\0\0\x04\x6c\x07\x14"s + std::string(40, 'k'), BannerState::kexinit,
       openssh},
      {"kexinit, six bytes", line + "\0\0\x04\x6c\x07\x14"s, BannerState::kexinit, openssh},
      {"kexinit cut", line + "\0\0\x04\x6c\x07"s, BannerState::banner, openssh},
      {"disconnect", line + "\0\0\x04\x6c\x07\x01"s, BannerState::banner, openssh},
      {"no padding", line + "\0\0\x04\x6c\x00\x14"s, BannerState::banner, openssh},
      {"padding above length", line + "\0\0\0\x08\x09\x14"s, BannerState::banner, openssh},
      {"length 0", line + "\0\0\0\0\x04\x14"s, BannerState::banner, openssh},
      {"length too big", line + "\xff\xff\xff\xff\x04\x14"s, BannerState::banner, openssh},
      {"shedding 10.0", "Not allowed at this time\r\n", BannerState::shedding, ""},
      {"shedding 9.2", "Exceeded MaxStartups\r\n", BannerState::shedding, ""},
      {"shedding, not ended", "Exceeded MaxStartups", BannerState::shedding, ""},
      {"shedding, cut", "Not allowed at this", BannerState::incomplete, ""},
      {"shedding elsewhere", "x Not allowed at this time\r\n", BannerState::incomplete, ""},
      {"in a banner", "SSH-2.0-Exceeded MaxStartups\r\n", BannerState::banner,
       "SSH-2.0-Exceeded MaxStartups"},
      {"http", "HTTP/1.1 400 Bad Request\r\n", BannerState::not_ssh, ""},
      {"smtp", "220 mail ESMTP\r\n", BannerState::not_ssh, ""},
      {"tls alert", "\x15\x03\x01\0\x02\x02\x46"s, BannerState::not_ssh, ""},
      {"mysql", "J\0\0\0\n8.0.36\0"s, BannerState::not_ssh, ""},
      {"nul in the banner", "SSH-2.0-a\0b\r\n"s, BannerState::not_ssh, ""},
      {"escape in the banner", "SSH-2.0-a\x1b[2J\r\n", BannerState::not_ssh, ""},
      {"one nul", "\0"s, BannerState::not_ssh, ""},
      {"long banner is cut", "SSH-2.0-" + std::string(1000, 'x') + "\r\n", BannerState::banner,
       "SSH-2.0-" + std::string(247, 'x')},
      {"endless banner", "SSH-2.0-" + std::string(9000, 'x'), BannerState::not_ssh, ""},
      {"endless line", std::string(9000, 'x'), BannerState::not_ssh, ""},
  };
  for (const auto& c : cases) {
    const Banner banner = ssh_banner(c.bytes);
    EXPECT_EQ(static_cast<int>(banner.state), static_cast<int>(c.state)) << c.name;
    EXPECT_EQ(banner.identification, c.identification) << c.name;
  }
}

TEST(SshBanner, EndlessPreambleEnds) {
  std::string bytes;
  while (bytes.size() < 100000)
    bytes += "chatter\r\n";
  EXPECT_EQ(ssh_banner(bytes).state, BannerState::not_ssh);
}

// Byte by byte, as it may arrive: never anything else on the way.
TEST(SshBanner, EveryPrefix) {
  const std::string whole = "motd\r\n" + line + "\0\0\x04\x6c\x07\x14"s;
  for (std::size_t n = 0; n <= whole.size(); ++n) {
    const auto state = ssh_banner(whole.substr(0, n)).state;
    const auto expected = n == whole.size()      ? BannerState::kexinit
                          : n >= 6 + line.size() ? BannerState::banner
                                                 : BannerState::incomplete;
    EXPECT_EQ(static_cast<int>(state), static_cast<int>(expected)) << n;
  }
}

} // namespace
} // namespace sshguardd::parse
