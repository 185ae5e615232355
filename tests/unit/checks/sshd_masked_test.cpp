#include "fixture.hpp"

namespace sshguardd::test {
namespace {

void mask(SshUnits& units) {
  units.service.load_state = "masked";
  units.service.unit_file_state = "masked";
}

} // namespace

TEST(SshdMasked, SaysNothingOfAHealthyDaemon) {
  EXPECT_TRUE(run("sshd.masked", healthy()).empty());
}

TEST(SshdMasked, ARunningDaemonIsOnlyAtRisk) {
  const auto findings = run("sshd.masked", with_units(mask));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].when, When::restart);
  EXPECT_FALSE(findings[0].remedy);
}

TEST(SshdMasked, AStoppedOneLocksOut) {
  const auto findings = run("sshd.masked", with_units([](SshUnits& units) {
                              mask(units);
                              units.service.active_state = "inactive";
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].sees, Sees::refused);
}

TEST(SshdMasked, AMaskedSocketBesideALivingServiceIsFine) {
  EXPECT_TRUE(run("sshd.masked", with_units([](SshUnits& units) {
                    units.socket.load_state = "masked";
                    units.socket.unit_file_state = "masked";
                  }))
                  .empty());
}

TEST(SshdMasked, AnAcceptingSocketNeedsNoService) {
  EXPECT_TRUE(run("sshd.masked", with_units([](SshUnits& units) {
                    mask(units);
                    units.service.active_state = "inactive";
                    units.socket.active_state = "active";
                    units.socket.accept = true;
                  }))
                  .empty());
}

TEST(SshdMasked, AListeningSocketWhoseServiceIsMaskedResetsItsClients) {
  const auto findings = run("sshd.masked", with_units([](SshUnits& units) {
                              mask(units);
                              units.service.active_state = "inactive";
                              units.socket.active_state = "active";
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].sees, Sees::reset);
}

} // namespace sshguardd::test
