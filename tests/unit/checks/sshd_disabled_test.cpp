#include "fixture.hpp"

namespace sshguardd::test {

TEST(SshdDisabled, ServiceAndSocketAreJudgedAsAPair) {
  struct Row {
    const char* service;
    const char* socket;
    bool pulled_in;
    bool found;
  };
  const Row rows[] = {
      {"enabled", "disabled", false, false}, {"disabled", "enabled", false, false},
      {"enabled", "enabled", false, false},  {"disabled", "disabled", false, true},
      {"disabled", "disabled", true, false}, {"enabled-runtime", "disabled", false, true},
      {"static", "disabled", false, true},   {"static", "disabled", true, false},
      {"masked", "masked", false, true},
  };
  for (const Row& row : rows) {
    const auto findings = run("sshd.disabled", with_units([&row](SshUnits& units) {
                                units.service.unit_file_state = row.service;
                                units.service.pulled_in = row.pulled_in;
                                units.socket.unit_file_state = row.socket;
                              }));
    EXPECT_EQ(!findings.empty(), row.found) << row.service << " " << row.socket;
  }
}

TEST(SshdDisabled, IsAWarningForTheNextBoot) {
  const auto findings =
      run("sshd.disabled",
          with_units([](SshUnits& units) { units.service.unit_file_state = "disabled"; }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].when, When::reboot);
  EXPECT_EQ(findings[0].fix[0], "systemctl enable ssh.service");
}

TEST(SshdDisabled, OneThatIsDownIsAnotherFinding) {
  EXPECT_TRUE(run("sshd.disabled", with_units([](SshUnits& units) {
                    units.service.unit_file_state = "disabled";
                    units.service.active_state = "inactive";
                  }))
                  .empty());
}

TEST(SshdDisabled, ARestartDoesNotEnableIt) {
  for (const char* state : {"activating", "deactivating", "failed"}) {
    EXPECT_EQ(run("sshd.disabled", with_units([state](SshUnits& units) {
                    units.service.unit_file_state = "disabled";
                    units.service.active_state = state;
                  }))
                  .size(),
              1U)
        << state;
  }
}

} // namespace sshguardd::test
