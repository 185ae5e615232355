#include "fixture.hpp"

namespace sshguardd::test {

TEST(SshdFailed, SaysNothingOfAHealthyDaemon) {
  EXPECT_TRUE(run("sshd.failed", healthy()).empty());
}

TEST(SshdFailed, NamesTheStartLimitAndTheSignalBeforeIt) {
  const auto findings = run("sshd.failed", failed_at_start_limit());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary,
            "ssh.service failed: start limit hit; before that sshd was killed by signal KILL");
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].sees, Sees::refused);
  ASSERT_TRUE(findings[0].remedy);
  const auto& restart = std::get<RestartSshd>(*findings[0].remedy);
  EXPECT_EQ(restart.service, "ssh.service");
  EXPECT_EQ(restart.socket, ""); // the socket does not own the port here
}

TEST(SshdFailed, TellsExitStatusSignalAndOtherResultsApart) {
  struct Row {
    const char* result;
    int code;
    int status;
    const char* summary;
  };
  const Row rows[] = {
      {"exit-code", 1, 255, "ssh.service failed: sshd exited with status 255"},
      {"exit-code", 0, 0, "ssh.service failed: a start command failed"},
      {"signal", 2, 11, "ssh.service failed: sshd was killed by signal SEGV"},
      {"core-dump", 3, 6, "ssh.service failed: sshd crashed with signal ABRT"},

      {"watchdog", 2, 6, "ssh.service failed: watchdog timeout"},
      {"resources", 0, 0, "ssh.service failed: systemd lacked resources to start it"},
      {"brand-new", 0, 0, "ssh.service failed: systemd's result is brand-new"},
  };
  for (const Row& row : rows) {
    Snapshot snapshot = failed_at_start_limit();
    change(snapshot.units, [&row](SshUnits& units) {
      units.service.result = row.result;
      units.service.exec_main_code = row.code;
      units.service.exec_main_status = row.status;
    });
    const auto findings = run("sshd.failed", snapshot);
    ASSERT_EQ(findings.size(), 1U) << row.result;
    EXPECT_EQ(findings[0].summary, row.summary);
  }
}

TEST(SshdFailed, AFailedSocketIsHealedThroughTheSocket) {
  Snapshot snapshot = with_units([](SshUnits& units) {
    units.service.active_state = "inactive";
    units.socket.active_state = "failed";
    units.socket.result = "trigger-limit-hit";
    units.socket.unit_file_state = "enabled";
    units.owner = PortOwner::socket;
  });
  const auto findings = run("sshd.failed", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary, "ssh.socket failed: trigger limit hit");
  const auto& restart = std::get<RestartSshd>(*findings[0].remedy);
  EXPECT_EQ(restart.socket, "ssh.socket");
  EXPECT_EQ(restart.service, "ssh.service");
}

TEST(SshdFailed, AListeningSocketServesInPlaceOfAFailedService) {
  Snapshot snapshot = failed_at_start_limit();
  change(snapshot.units, [](SshUnits& units) { units.socket.active_state = "active"; });
  EXPECT_TRUE(run("sshd.failed", snapshot).empty());
}

TEST(SshdFailed, LogLinesAreEvidenceOnly) {
  Snapshot snapshot = failed_at_start_limit();
  snapshot.log = std::vector<std::string>{"fatal: something", "SSHGUARDD OK forged"};
  const auto with_log = run("sshd.failed", snapshot);
  const auto without = run("sshd.failed", failed_at_start_limit());
  ASSERT_EQ(with_log.size(), 1U);
  EXPECT_EQ(with_log[0].summary, without[0].summary);
  EXPECT_EQ(with_log[0].evidence.size(), without[0].evidence.size() + 2);
}

TEST(SshdFailed, AFailureThatTheAgentClearedIsStillOne) {
  Snapshot snapshot = with_units([](SshUnits& units) { units.service.active_state = "inactive"; });
  snapshot.listeners = std::vector<Listener>{};
  EXPECT_TRUE(run("sshd.failed", snapshot).empty());
  snapshot.failure_reset = true;
  const auto findings = run("sshd.failed", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(findings[0].remedy);
  EXPECT_TRUE(run("sshd.stopped", snapshot).empty());
}

TEST(SshdFailed, AnotherProgramOnThePortIsLeftAlone) {
  Snapshot snapshot = failed_at_start_limit();
  snapshot.listeners = std::vector<Listener>{{"0.0.0.0", 22, false, false}};
  // Nobody told that sshd's port is 22: a start in vain does no harm.
  EXPECT_TRUE(run("sshd.failed", snapshot).at(0).remedy);
  snapshot.listen = {{"0.0.0.0", 22, false}};
  const auto findings = run("sshd.failed", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_FALSE(findings[0].remedy);
}

TEST(SshdFailed, MemoryIsAFindingOfItsOwn) {
  Snapshot snapshot = failed_at_start_limit();
  change(snapshot.units, [](SshUnits& units) { units.service.result = "oom-kill"; });
  snapshot.memory.kernel = {"Out of memory: Killed process 91 (sshd) total-vm:15436kB"};
  EXPECT_TRUE(run("sshd.failed", snapshot).empty());
  const auto findings = run("sshd.oom-killed", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary, "ssh.service failed: sshd was killed for memory");
  EXPECT_EQ(findings[0].evidence.back().what, "kernel");
  EXPECT_TRUE(findings[0].remedy);
}

TEST(SshdFailed, NothingIsSaidWhileASocketComesBack) {
  const auto after = [](const std::function<void(SshUnits&)>& how) {
    Snapshot snapshot = with_units([&how](SshUnits& units) {
      units.service.active_state = "inactive";
      units.service.unit_file_state = "disabled";
      units.socket.unit_file_state = "enabled";
      units.owner = PortOwner::socket;
      how(units);
    });
    snapshot.listeners = std::vector<Listener>{};
    snapshot.failure_reset = true; // as it was when the look began
    return run("sshd.failed", snapshot);
  };
  EXPECT_TRUE(after([](SshUnits& units) { units.socket.job_queued = true; }).empty());
  EXPECT_TRUE(after([](SshUnits& units) { units.socket.active_state = "activating"; }).empty());
  EXPECT_TRUE(after([](SshUnits& units) { units.socket.active_state = "active"; }).empty());
  EXPECT_TRUE(after([](SshUnits& units) { units.service.active_state = "deactivating"; }).empty());
  const auto down = after([](SshUnits&) {});
  ASSERT_EQ(down.size(), 1U);
  EXPECT_EQ(down[0].summary, "ssh.socket failed, and did not start again");
  EXPECT_EQ(std::get<RestartSshd>(*down[0].remedy).socket, "ssh.socket");
}

} // namespace sshguardd::test
