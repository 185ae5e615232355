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

} // namespace sshguardd::test
