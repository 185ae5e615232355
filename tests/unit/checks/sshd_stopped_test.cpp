#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Snapshot stopped() {
  Snapshot snapshot = with_units([](SshUnits& units) { units.service.active_state = "inactive"; });
  snapshot.listeners = std::vector<Listener>{};
  return snapshot;
}

} // namespace

TEST(SshdStopped, SaysNothingOfAHealthyDaemon) {
  EXPECT_TRUE(run("sshd.stopped", healthy()).empty());
}

TEST(SshdStopped, IsNamedAndToStartItIsOptIn) {
  const auto findings = run("sshd.stopped", stopped());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary, "ssh.service was stopped");
  ASSERT_TRUE(findings[0].remedy);
  EXPECT_TRUE(std::get<RestartSshd>(*findings[0].remedy).stopped);
  EXPECT_STREQ(name_of(*findings[0].remedy), "start");
  EXPECT_EQ(find_info("sshd.stopped")->remedy, "opt-in: start");
  EXPECT_GT(findings[0].settle.count(), 0); // a restart by hand passes through this state
}

TEST(SshdStopped, OthersWhoServeOrWillServeAreNoStop) {
  Snapshot queued = stopped();
  change(queued.units, [](SshUnits& units) { units.service.job_queued = true; });
  EXPECT_TRUE(run("sshd.stopped", queued).empty());

  Snapshot by_socket = stopped();
  change(by_socket.units, [](SshUnits& units) { units.socket.active_state = "active"; });
  EXPECT_TRUE(run("sshd.stopped", by_socket).empty());

  Snapshot dropbear = stopped();
  dropbear.listeners = std::vector<Listener>{{"0.0.0.0", 22, false, false}};
  dropbear.listen = {{"0.0.0.0", 22, false}};
  EXPECT_TRUE(run("sshd.stopped", dropbear).empty());
}

TEST(SshdStopped, FailedAndStartingAreNotStopped) {
  EXPECT_TRUE(run("sshd.stopped", failed_at_start_limit()).empty());
  Snapshot starting = stopped();
  change(starting.units, [](SshUnits& units) { units.service.active_state = "activating"; });
  EXPECT_TRUE(run("sshd.stopped", starting).empty());
}

} // namespace sshguardd::test
