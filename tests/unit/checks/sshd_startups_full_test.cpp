#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Snapshot with_startups(int current, std::chrono::seconds time) {
  Snapshot snapshot = healthy();
  snapshot.daemon =
      Daemon{.pid = 91, .state = 'S', .frozen = false, .startups = Startups{current, 10, 100}};
  if (current >= 10) snapshot.lasting.startups_full = snapshot.taken.boot - time;
  return snapshot;
}

} // namespace

TEST(SshdStartupsFull, HasToStandForTenSeconds) {
  EXPECT_TRUE(run("sshd.startups-full", healthy()).empty());
  EXPECT_TRUE(run("sshd.startups-full", with_startups(9, 60s)).empty());
  EXPECT_TRUE(run("sshd.startups-full", with_startups(100, 9s)).empty());
  EXPECT_EQ(run("sshd.startups-full", with_startups(10, 10s)).size(), 1U);
}

TEST(SshdStartupsFull, IsCriticalWhereMostAreTurnedAwayAndNeverHealed) {
  const auto some = run("sshd.startups-full", with_startups(20, 10s));
  const auto most = run("sshd.startups-full", with_startups(80, 10s));
  ASSERT_EQ(some.size(), 1U);
  ASSERT_EQ(most.size(), 1U);
  EXPECT_EQ(some[0].severity, Severity::warning);
  EXPECT_EQ(most[0].severity, Severity::critical);
  EXPECT_EQ(most[0].sees, Sees::reset);
  EXPECT_FALSE(some[0].remedy || most[0].remedy);
}

TEST(SshdStartupsFull, ALuckyProbeDoesNotClearIt) {
  Snapshot snapshot = with_startups(80, 10s);
  snapshot.probe = Probe{"127.0.0.1", 22, true, "SSH-2.0-OpenSSH_9.2p1"};
  EXPECT_EQ(run("sshd.startups-full", snapshot).size(), 1U);
}

} // namespace sshguardd::test
