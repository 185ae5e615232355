#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "auth.attack";

Snapshot with(std::uint32_t failures_per_minute) {
  Snapshot snapshot = healthy();
  AuthLog log;
  log.failures_per_minute = failures_per_minute;
  log.top = {{"", "192.0.2.1", 90}, {"", "192.0.2.2", 20}};
  snapshot.auth = log;
  return snapshot;
}

TEST(AuthAttack, AboveTheLine) {
  EXPECT_TRUE(run(id, with(20)).empty());
  const auto findings = run(id, with(21));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].summary, "at least 21 failed logins a minute");
  ASSERT_EQ(findings[0].evidence.size(), 2U);
  EXPECT_EQ(findings[0].evidence[0].what, "192.0.2.1");
  EXPECT_EQ(findings[0].evidence[0].value, "90 in five minutes");
}

TEST(AuthAttack, NobodyCouldLook) {
  EXPECT_TRUE(run(id, healthy()).empty());
}

} // namespace
} // namespace sshguardd::test
