#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Snapshot failing_probe(Probe::How how, int failures) {
  Snapshot snapshot = healthy();
  Probe probe{.address = "127.0.0.1", .port = 22, .alive = false, .said = "no banner in time"};
  probe.how = how;
  probe.failures = failures;
  snapshot.probe = probe;
  return snapshot;
}

Snapshot stopped_for(std::chrono::milliseconds time) {
  Snapshot snapshot = healthy();
  snapshot.daemon = Daemon{.pid = 91, .state = 'T', .frozen = false, .startups = {}};
  snapshot.lasting.stopped = snapshot.taken.boot - time;
  return snapshot;
}

} // namespace

TEST(SshdUnresponsive, SaysNothingOfADaemonThatAnswers) {
  EXPECT_TRUE(run("sshd.unresponsive", healthy()).empty());
}

TEST(SshdUnresponsive, TakesTwoFailuresOfTheRightKind) {
  struct Row {
    Probe::How how;
    int failures;
    bool found;
    Sees sees;
  };
  const Row rows[] = {
      {Probe::How::silent, 1, false, Sees::none},  {Probe::How::silent, 2, true, Sees::timeout},
      {Probe::How::closed, 1, false, Sees::none},  {Probe::How::closed, 2, true, Sees::reset},
      {Probe::How::refused, 9, false, Sees::none}, {Probe::How::unconnected, 9, false, Sees::none},
      {Probe::How::foreign, 9, false, Sees::none},
  };
  for (const Row& row : rows) {
    const auto findings = run("sshd.unresponsive", failing_probe(row.how, row.failures));
    ASSERT_EQ(!findings.empty(), row.found) << static_cast<int>(row.how) << " " << row.failures;
    if (findings.empty()) continue;
    EXPECT_EQ(findings[0].sees, row.sees);
    EXPECT_TRUE(findings[0].remedy);
  }
}

TEST(SshdUnresponsive, AFullQueueExplainsThatNobodyConnects) {
  Snapshot snapshot = failing_probe(Probe::How::unconnected, 2);
  change(snapshot.listeners, [](std::vector<Listener>& listeners) {
    listeners[0].waiting = 129;
    listeners[0].backlog = 128;
  });
  const auto findings = run("sshd.unresponsive", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary, "sshd does not accept connections: its queue is full");
}

TEST(SshdUnresponsive, AStoppedProcessTakesTwoLooks) {
  EXPECT_TRUE(run("sshd.unresponsive", stopped_for(0ms)).empty());
  EXPECT_TRUE(run("sshd.unresponsive", stopped_for(1999ms)).empty());
  const auto findings = run("sshd.unresponsive", stopped_for(2000ms));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary, "sshd (process 91) is stopped by a signal");
  ASSERT_TRUE(findings[0].remedy);
  EXPECT_TRUE(std::get<RestartSshd>(*findings[0].remedy).running);
}

TEST(SshdUnresponsive, AFrozenGroupIsSomebodysWill) {
  Snapshot snapshot = stopped_for(5s);
  change(snapshot.daemon, [](Daemon& daemon) {
    daemon.state = 'D';
    daemon.frozen = true;
  });
  const auto findings = run("sshd.unresponsive", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_FALSE(findings[0].remedy);
  EXPECT_EQ(findings[0].fix[0], "systemctl thaw ssh.service");
}

TEST(SshdUnresponsive, ADebuggerIsLeftAlone) {
  Snapshot snapshot = failing_probe(Probe::How::silent, 2);
  snapshot.daemon = Daemon{.pid = 91, .state = 't', .frozen = false, .startups = {}};
  const auto findings = run("sshd.unresponsive", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_FALSE(findings[0].remedy);
}

TEST(SshdUnresponsive, BusyIsNotDead) {
  Snapshot snapshot = failing_probe(Probe::How::silent, 3);
  snapshot.lasting.startups_full = snapshot.taken.boot - 20s;
  EXPECT_TRUE(run("sshd.unresponsive", snapshot).empty());
}

TEST(SshdUnresponsive, NotWhileSystemdIsAtIt) {
  Snapshot snapshot = failing_probe(Probe::How::silent, 3);
  change(snapshot.units, [](SshUnits& units) { units.service.job_queued = true; });
  EXPECT_TRUE(run("sshd.unresponsive", snapshot).empty());
}

} // namespace sshguardd::test
