#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "auth.invalid-user";

Snapshot tried() {
  Snapshot snapshot = healthy();
  AuthLog log;
  log.invalid_users = {{"ubuntu", "192.0.2.1", 4}};
  snapshot.auth = log;
  Accounts accounts;
  accounts.keyed = 2;
  snapshot.accounts = accounts;
  return snapshot;
}

TEST(AuthInvalidUser, NamesWhatWasTried) {
  const auto findings = run(id, tried());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].subject, "ubuntu");
  EXPECT_EQ(findings[0].summary, "no account \"ubuntu\" here: 4 tries from 192.0.2.1");
  EXPECT_EQ(findings[0].evidence.back().value, "2");
}

TEST(AuthInvalidUser, NotDuringAnAttack) {
  Snapshot snapshot = tried();
  change(snapshot.auth, [](AuthLog& log) { log.failures_per_minute = 21; });
  EXPECT_TRUE(run(id, snapshot).empty());
}

TEST(AuthInvalidUser, NobodyCouldLook) {
  EXPECT_TRUE(run(id, healthy()).empty());
}

} // namespace
} // namespace sshguardd::test
