#include "fixture.hpp"

namespace sshguardd::test {
namespace {

std::vector<Finding> found(const Fact<NetworkBoot>& boot) {
  Snapshot snapshot = healthy();
  Network network;
  network.boot = boot;
  snapshot.network = network;
  return run("network.next-boot", snapshot);
}

TEST(NetworkNextBoot, tells_what_is_certain) {
  EXPECT_TRUE(found(Unknown{"two of them"}).empty());
  EXPECT_TRUE(found(NetworkBoot{.manager = "ifupdown", .problems = {}, .file = {}}).empty());
  const auto findings = found(NetworkBoot{
      .manager = "ifupdown",
      .problems = {"no link eth0 (/etc/network/interfaces)", "networking.service is not enabled"},
      .file = "/etc/network/interfaces"});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().severity, Severity::warning);
  EXPECT_EQ(findings.front().when, When::reboot);
  EXPECT_EQ(findings.front().subject, "/etc/network/interfaces");
  EXPECT_EQ(findings.front().summary, "no link eth0 (/etc/network/interfaces)");
  EXPECT_EQ(findings.front().evidence.size(), 2U);
}

} // namespace
} // namespace sshguardd::test
