#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Snapshot with_root(const std::function<void(FileSystem&)>& how) {
  Snapshot snapshot = healthy();
  change(snapshot.disks, [&](Disks& disks) { how(disks.file_systems.front()); });
  return snapshot;
}

TEST(DiskInodes, are_a_warning_then_critical) {
  EXPECT_TRUE(run("disk.inodes", healthy()).empty());
  auto findings = run("disk.inodes", with_root([](FileSystem& one) {
                        one.inodes_filling = true;
                        one.worst_inodes_percent = 86;
                      }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().severity, Severity::warning);
  EXPECT_EQ(findings.front().summary, "/ runs out of inodes: over 85% are used");
  EXPECT_EQ(findings.front().fix.front(), "du --inodes -x / | sort -n | tail");

  findings = run("disk.inodes", with_root([](FileSystem& one) {
                   one.inodes_filling = one.inodes_full = true;
                   one.worst_inodes_percent = 100;
                   one.consumers = Consumers{
                       .most = {{.path = "/var/spool/x", .directory = true, .files = 100'000}}};
                 }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().severity, Severity::critical);
  EXPECT_EQ(findings.front().when, When::now);
  EXPECT_EQ(findings.front().summary, "/ runs out of inodes: all are used");
  EXPECT_EQ(findings.front().fix.front(), "see what makes 100000 files in /var/spool/x");
  EXPECT_EQ(findings.front().evidence.back().value, "/var/spool/x, 100000 files");
}

TEST(DiskInodes, on_what_no_login_writes_to_are_a_warning_when_they_are_gone) {
  auto boot = [](FileSystem& one) {
    one.vital = false;
    one.inodes_filling = true;
  };
  EXPECT_TRUE(run("disk.inodes", with_root(boot)).empty());
  const auto findings = run("disk.inodes", with_root([&boot](FileSystem& one) {
                              boot(one);
                              one.inodes_full = true;
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().severity, Severity::warning);
}

} // namespace
} // namespace sshguardd::test
