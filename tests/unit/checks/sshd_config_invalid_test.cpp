#include "fixture.hpp"

namespace sshguardd::test {

TEST(SshdConfigInvalid, SaysNothingOfAConfigurationThatPasses) {
  EXPECT_TRUE(run("sshd.config-invalid", healthy()).empty());
}

TEST(SshdConfigInvalid, NamesFileLineAndMessage) {
  Snapshot snapshot = failed_at_start_limit();
  break_config(snapshot);
  const auto findings = run("sshd.config-invalid", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].subject, "/etc/ssh/sshd_config:12");
  EXPECT_EQ(findings[0].summary, "sshd_config:12 \"Bad configuration option: Prot\"");
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].fix[0], "fix line 12");
  EXPECT_EQ(findings[0].fix[1], "check it: /usr/sbin/sshd -t");
}

TEST(SshdConfigInvalid, ALivingDaemonIsOnlyAtRisk) {
  Snapshot snapshot = healthy();
  break_config(snapshot);
  const auto findings = run("sshd.config-invalid", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].when, When::restart);
}

TEST(SshdConfigInvalid, AnIdleSocketMeetsItAtEachConnection) {
  Snapshot snapshot = with_units([](SshUnits& units) {
    units.service.active_state = "inactive";
    units.socket.active_state = "active";
    units.owner = PortOwner::socket;
  });
  break_config(snapshot);
  const auto findings = run("sshd.config-invalid", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].sees, Sees::reset);
}

TEST(SshdConfigInvalid, DropInsAndNamelessErrors) {
  Snapshot snapshot = healthy();
  change(snapshot.config_test, [](ConfigTest& test) {
    test.passed = false;
    test.errors = {{"/etc/ssh/sshd_config.d/50-x.conf", 3, "no argument"}};
  });
  EXPECT_EQ(run("sshd.config-invalid", snapshot)[0].summary,
            "sshd_config.d/50-x.conf:3 \"no argument\"");
  change(snapshot.config_test, [](ConfigTest& test) {
    test.errors = {{"", 0, "sshd: no hostkeys available -- exiting."}};
  });
  const auto findings = run("sshd.config-invalid", snapshot);
  EXPECT_EQ(findings[0].summary, "sshd -t: \"sshd: no hostkeys available -- exiting.\"");
  EXPECT_EQ(findings[0].fix[0], "mend what sshd -t names");
}

// A known good configuration: a way back, of people's while sshd lives, of the agent's while it is
// down.
TEST(SshdConfigInvalid, GoesBackWhereThereIsAWay) {
  Snapshot snapshot = failed_at_start_limit();
  break_config(snapshot);
  EXPECT_FALSE(run("sshd.config-invalid", snapshot)[0].remedy);
  EXPECT_EQ(run("sshd.config-invalid", snapshot)[0].fix.size(), 2U);
  snapshot.known_good = KnownGood{.saved_us = 1, .differs = false};
  EXPECT_FALSE(run("sshd.config-invalid", snapshot)[0].remedy);
  snapshot.known_good = KnownGood{.saved_us = 1, .differs = true};
  const auto findings = run("sshd.config-invalid", snapshot);
  ASSERT_TRUE(findings[0].remedy);
  ASSERT_TRUE(std::holds_alternative<RollBackConfig>(*findings[0].remedy));
  EXPECT_EQ(std::get<RollBackConfig>(*findings[0].remedy).main_file, "/etc/ssh/sshd_config");
  EXPECT_EQ(std::get<RollBackConfig>(*findings[0].remedy).fingerprint,
            snapshot.config_test->fingerprint);
  EXPECT_NE(findings[0].fix.at(2).find("sshguardctl rollback --dry-run"), std::string::npos);

  // The socket still listens, and everybody is reset.
  Snapshot by_socket = snapshot;
  change(by_socket.units, [](SshUnits& units) {
    units.socket.active_state = "active";
    units.owner = PortOwner::socket;
  });
  ASSERT_TRUE(by_socket.units->up());
  ASSERT_TRUE(run("sshd.config-invalid", by_socket)[0].remedy);

  change(snapshot.config_test, [](ConfigTest& test) { test.no_hostkeys = true; });
  EXPECT_TRUE(run("sshd.config-invalid", snapshot).empty());

  snapshot = healthy();
  break_config(snapshot);
  snapshot.known_good = KnownGood{.saved_us = 1, .differs = true};
  EXPECT_FALSE(run("sshd.config-invalid", snapshot)[0].remedy);
  EXPECT_EQ(run("sshd.config-invalid", snapshot)[0].fix.size(), 3U);
}

} // namespace sshguardd::test
