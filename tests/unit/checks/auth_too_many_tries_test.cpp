#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "auth.too-many-tries";

TEST(AuthTooManyTries, SaysWhatTheClientIsToDo) {
  Snapshot snapshot = healthy();
  AuthLog log;
  log.too_many_tries = {{"alice", "192.0.2.1", 2}};
  snapshot.auth = log;
  const auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].subject, "alice");
  EXPECT_NE(findings[0].fix[0].find("IdentitiesOnly=yes"), std::string::npos);
  change(snapshot.auth, [](AuthLog& all) { all.failures_per_minute = 21; });
  EXPECT_TRUE(run(id, snapshot).empty()) << "an attacker spends his tries, too";
}

TEST(AuthTooManyTries, NobodyCouldLook) {
  EXPECT_TRUE(run(id, healthy()).empty());
}

} // namespace
} // namespace sshguardd::test
