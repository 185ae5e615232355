#include "parse/identity.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sshguardd::parse {
namespace {

const std::string hash = "SHA256:qSVIl9pDN5Iw0RqMAiHDpwGHPUoVGtyiCzxJGTjrW0M";

TEST(KeyFingerprint, Table) {
  struct Row {
    std::string line;
    std::string type; // empty: not a fingerprint
  };
  const Row rows[] = {
      {"256 " + hash + " root@web-01 (ED25519)\n", "ED25519"},
      {"3072 " + hash + " no comment (RSA)", "RSA"},
      {"256 " + hash + " root@web-01 (ED25519-SK)\r\n", "ED25519-SK"},
      {"256 " + hash + " evil (DSA) SHA256:AAAA (RSA)\n", "RSA"},
      {"256 " + hash + " root (ED25519)\n256 " + hash + " b (RSA)\n", "ED25519"},
      {"256 " + hash + " root (\x1b[2J)\n", ""},
      {"256 " + hash + " root ()\n", ""},
      {"256 " + hash + " root\n", ""},
      {"256 " + hash + "\n", ""},
      {"256 MD5:00:11 root (RSA)\n", ""},
      {"x " + hash + " root (RSA)\n", ""},
      {" " + hash + " root (RSA)\n", ""},
      {"256 SHA256:short root (RSA)\n", ""},
      {"256 " + hash + "x root (RSA)\n", ""},
      {"/etc/ssh/x.pub is not a public key file.\n", ""},
      {"", ""},
      {"\n", ""},
      {std::string(1'000'000, '('), ""},
  };
  for (const Row& row : rows) {
    const auto found = key_fingerprint(row.line);
    EXPECT_EQ(found ? found->type : "", row.type) << row.line.substr(0, 100);
    if (found) {
      EXPECT_EQ(found->hash, hash);
    }
  }
}

TEST(GlobalAddresses, Table) {
  const std::pair<std::string, std::vector<std::string>> rows[] = {
      {"10.77.0.2 fd77::2 \n", {"10.77.0.2", "fd77::2"}},
      {"127.0.0.1 ::1 169.254.1.2 fe80::1 febf::2 fec0::3", {"fec0::3"}},
      {"2001:db8::1%eth0 10.0.0.1;reboot \x1b[2J x.y 10.0.0.1", {"10.0.0.1"}},
      {std::string(46, '1') + ".2 " + std::string(1'000'000, ':'), {}},
      {"hostname: unknown option -- I\n", {}},
      {"42 dead", {}},
      {"", {}},
      {" \n", {}},
  };
  for (const auto& [text, addresses] : rows)
    EXPECT_EQ(global_addresses(text), addresses) << text.substr(0, 100);
}

TEST(InstanceId, Table) {
  const std::pair<std::string, std::string> rows[] = {
      {R"({"v1": {"instance_id": "i-0abc", "x": 1}})", "i-0abc"},
      {"{\n \"instance_id\" :\n  \"i-1\"\n}", "i-1"},
      {R"({"instance_id": null, "v1": {"instance_id": "i-2"}})", "i-2"},
      {R"({"instance_id": "", "v1": {"instance_id": "i-3"}})", "i-3"},
      {R"({"instance_id": "a\"b"})", ""},
      {R"({"instance_id": "open)", ""},
      {R"({"instance_id")", ""},
      {R"({"instance_id":)", ""},
      {R"({"my_instance_id": "no"})", ""},
      {"", ""},
  };
  for (const auto& [text, id] : rows)
    EXPECT_EQ(instance_id(text), id) << text;
}

} // namespace
} // namespace sshguardd::parse
