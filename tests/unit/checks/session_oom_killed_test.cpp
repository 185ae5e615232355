#include "fixture.hpp"

namespace sshguardd::test {
namespace {

TEST(SessionOomKilled, of_a_session_is_worth_knowing) {
  Snapshot snapshot = healthy();
  EXPECT_TRUE(run("session.oom-killed", snapshot).empty());
  snapshot.memory.kills = {
      {.group = "/user.slice/user-1000.slice", .sshd = false, .killed = 2, .last = at_noon.boot}};
  const auto findings = run("session.oom-killed", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].subject, "user-1000.slice");
  EXPECT_EQ(findings[0].evidence[0].value, "oom_kill 2 more");
}

TEST(SessionOomKilled, of_sshds_own_is_a_warning) {
  Snapshot snapshot = healthy();
  snapshot.memory.kills = {
      {.group = "/user.slice/user-1000.slice", .sshd = false, .killed = 2, .last = at_noon.boot},
      {.group = "/system.slice/ssh.service", .sshd = true, .killed = 1, .last = at_noon.boot}};
  snapshot.memory.kernel = {"Out of memory: Killed process 812 (sshd) total-vm:1kB"};
  const auto findings = run("session.oom-killed", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].subject, "ssh.service");
  EXPECT_FALSE(findings[0].remedy);
  EXPECT_EQ(findings[0].evidence.back().what, "kernel");
}

} // namespace
} // namespace sshguardd::test
