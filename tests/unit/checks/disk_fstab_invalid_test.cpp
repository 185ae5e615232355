#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Snapshot with(const FstabMount& one, std::vector<unsigned> unreadable = {}) {
  Snapshot snapshot = healthy();
  snapshot.mounts = MountFacts{
      .fstab = std::vector{one}, .unreadable = std::move(unreadable), .ephemeral = {}, .room = {}};
  return snapshot;
}

FstabMount data() {
  return {.source = "UUID=1",
          .point = "/data",
          .type = "ext4",
          .options = "defaults",
          .device = "/dev/disk/by-uuid/1",
          .expected = true,
          .required = true,
          .wrong = "no disk has UUID=1",
          .verify = "unreachable on boot required source: UUID=1",
          .homes = {}};
}

TEST(DiskFstabInvalid, is_a_warning_of_the_next_boot) {
  const auto findings = run("disk.fstab-invalid", with(data()));
  ASSERT_EQ(findings.size(), 1U);
  const Finding& one = findings.front();
  EXPECT_EQ(one.severity, Severity::warning);
  EXPECT_EQ(one.when, When::reboot);
  EXPECT_EQ(one.sees, Sees::timeout);
  EXPECT_EQ(one.subject, "/data");
  EXPECT_EQ(one.summary, "/data (fstab): no disk has UUID=1");
  EXPECT_EQ(one.evidence[1].value, "unreachable on boot required source: UUID=1");
  EXPECT_GT(one.settle.count(), 0) << "somebody is editing";
}

TEST(DiskFstabInvalid, is_silent_where_nothing_is_wrong) {
  FstabMount fine = data();
  fine.wrong.clear();
  EXPECT_TRUE(run("disk.fstab-invalid", with(fine)).empty());
}

TEST(DiskFstabInvalid, has_notes) {
  FstabMount named = data();
  named.source = "/dev/sdb1";
  named.wrong.clear();
  named.unstable = true;
  auto findings = run("disk.fstab-invalid", with(named));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().severity, Severity::info);
  named.expected = false;
  EXPECT_TRUE(run("disk.fstab-invalid", with(named)).empty());

  findings = run("disk.fstab-invalid", with(named, {3}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().severity, Severity::info);
  EXPECT_EQ(findings.front().summary, "/etc/fstab: mount(8) passes over line 3");
  findings = run("disk.fstab-invalid", with(named, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(findings.front().summary, "/etc/fstab: mount(8) passes over lines 1, 2, 3, 4, 5, ...");
}

} // namespace
} // namespace sshguardd::test
