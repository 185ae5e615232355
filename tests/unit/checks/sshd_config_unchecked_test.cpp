#include "fixture.hpp"

namespace sshguardd::test {

TEST(SshdConfigUnchecked, OnlyATestThatHangs) {
  EXPECT_TRUE(run("sshd.config-unchecked", healthy()).empty());
  Snapshot snapshot = healthy();
  snapshot.config_test = Unknown{"fork: Resource temporarily unavailable"};
  EXPECT_TRUE(run("sshd.config-unchecked", snapshot).empty());
  snapshot.config_test = Unknown{"no answer in 5s"};
  snapshot.test_hangs = true;
  const auto findings = run("sshd.config-unchecked", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].when, When::restart);
  EXPECT_FALSE(findings[0].remedy);
}

} // namespace sshguardd::test
