#include "fixture.hpp"

namespace sshguardd::test {
namespace {

EphemeralMount disk() {
  return {.mount = "/mnt",
          .source = "/dev/sdb1",
          .why = "the temporary disk of Azure",
          .homes = {},
          .keys = {},
          .host_keys = {}};
}

std::vector<Finding> told(const EphemeralMount& one) {
  Snapshot snapshot = healthy();
  snapshot.mounts = MountFacts{.fstab = {}, .unreadable = {}, .ephemeral = {one}, .room = {}};
  return run("disk.ephemeral", snapshot);
}

TEST(DiskEphemeral, is_told_of_what_logins_need) {
  EXPECT_TRUE(told(disk()).empty()) << "swap and scratch files belong there";
  EphemeralMount homes = disk();
  homes.homes = {"/mnt/alice"};
  homes.keys = {"/mnt/alice/.ssh/authorized_keys"};
  auto findings = told(homes);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().severity, Severity::warning);
  EXPECT_EQ(findings.front().when, When::reboot);
  EXPECT_EQ(findings.front().sees, Sees::denied);
  EXPECT_EQ(findings.front().summary, "homes lie on /mnt, the temporary disk of Azure");

  EphemeralMount keys = disk();
  keys.keys = {"/mnt/keys/alice", "/mnt/keys/bob", "/mnt/keys/c", "/mnt/keys/d"};
  findings = told(keys);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().evidence.back().value,
            "/mnt/keys/alice, /mnt/keys/bob, /mnt/keys/c, ...");

  EphemeralMount host = disk();
  host.host_keys = {"/mnt/ssh_host_ed25519_key"};
  findings = told(host);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().sees, Sees::hostkey);
}

} // namespace
} // namespace sshguardd::test
