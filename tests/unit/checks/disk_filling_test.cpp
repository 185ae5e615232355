#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Snapshot with_root(const std::function<void(FileSystem&)>& how) {
  Snapshot snapshot = healthy();
  change(snapshot.disks, [&](Disks& disks) { how(disks.file_systems.front()); });
  return snapshot;
}

TEST(DiskFilling, is_one_warning_in_steady_words) {
  EXPECT_TRUE(run("disk.filling", healthy()).empty());
  struct {
    std::uint64_t worst;
    const char* summary;
    std::uint64_t line = 85;
  } const rows[] = {
      {81, "/ is filling up: over 80% used"}, // told by an earlier run of the agent
      {85, "/ is filling up: over 85% used"},    {86, "/ is filling up: over 85% used"},
      {89, "/ is filling up: over 85% used"},    {90, "/ is filling up: over 90% used"},
      {3, "/ is filling up: over 2% used", 2},   {88, "/ is filling up: over 88% used", 88},
      {91, "/ is filling up: over 90% used", 88}};
  for (const auto& row : rows) {
    const auto findings = run("disk.filling", with_root([&row](FileSystem& one) {
                                one.filling = true;
                                one.worst_percent = row.worst;
                                one.lines.warning = row.line;
                              }));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings.front().summary, row.summary);
    EXPECT_EQ(findings.front().severity, Severity::warning);
    EXPECT_EQ(findings.front().when, When::soon);
    EXPECT_EQ(findings.front().sees, Sees::none);
  }
}

TEST(DiskFilling, tells_a_trend) {
  const auto findings = run("disk.filling", with_root([](FileSystem& one) {
                              one.soon = true;
                              one.full_in = 5h;
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().summary, "/ is filling up: full within a day if it goes on like this");
  EXPECT_EQ(findings.front().evidence.back().value, "full in 5 hours");
}

TEST(DiskFilling, leaves_alone_what_is_as_full_as_it_was_made) {
  const auto findings = run("disk.filling", with_root([](FileSystem& one) {
                              one.mount = "/boot";
                              one.vital = false;
                              one.filling = true;
                              one.worst_percent = 93;
                            }));
  EXPECT_TRUE(findings.empty());
}

} // namespace
} // namespace sshguardd::test
