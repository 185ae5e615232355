#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Snapshot with_root(const std::function<void(FileSystem&)>& how) {
  Snapshot snapshot = healthy();
  change(snapshot.disks, [&](Disks& disks) { how(disks.file_systems.front()); });
  return snapshot;
}

TEST(DiskReadonly, is_what_was_writable) {
  struct Row {
    const char* what;
    bool read_only, by_design, was_writable;
    std::size_t found;
  } const rows[] = {
      {"healthy", false, false, true, 0},
      {"remounted", true, false, true, 1},
      {"an image", true, true, false, 0},
      {"by fstab", true, true, true, 0},
      {"read-only from the start, and nobody says otherwise", true, false, false, 0},
  };
  for (const Row& row : rows) {
    const auto findings = run("disk.readonly", with_root([&row](FileSystem& one) {
                                one.read_only = row.read_only;
                                one.read_only_by_design = row.by_design;
                                one.was_writable = row.was_writable;
                              }));
    ASSERT_EQ(findings.size(), row.found) << row.what;
    if (row.found == 0) continue;
    EXPECT_EQ(findings.front().severity, Severity::critical);
    EXPECT_EQ(findings.front().summary, "/ is read-only");
    EXPECT_GT(findings.front().settle.count(), 0) << "a machine that goes down does it, too";
  }
}

TEST(DiskReadonly, has_the_kernels_reason) {
  const auto findings = run("disk.readonly", with_root([](FileSystem& one) {
                              one.read_only = one.damaged = true;
                              one.errors = "3 errors, the last in ext4_find_entry";
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().summary, "/ is read-only after errors");
  EXPECT_EQ(findings.front().evidence[1].value, "3 errors, the last in ext4_find_entry");
}

TEST(DiskReadonly, has_the_kernels_own_words) {
  const auto findings = run("disk.readonly", with_root([](FileSystem& one) {
                              one.read_only = true;
                              one.kernel = {"XFS (vda1): Shutting down filesystem"};
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().summary, "/ is read-only after errors");
  EXPECT_EQ(findings.front().evidence.back().what, "kernel");
  EXPECT_EQ(findings.front().evidence.back().value, "XFS (vda1): Shutting down filesystem");
}

TEST(DiskReadonly, of_boot_is_a_warning_and_needs_no_space) {
  const auto findings = run("disk.readonly", with_root([](FileSystem& one) {
                              one.read_only = true;
                              one.vital = false;
                              one.space = Unknown{"nfs4, which may not answer"};
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().severity, Severity::warning);
}

} // namespace
} // namespace sshguardd::test
