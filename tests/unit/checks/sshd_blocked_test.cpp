#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* not_to_be_run = "ConditionPathExists=!/etc/ssh/sshd_not_to_be_run";

void block(Snapshot& snapshot) {
  change(snapshot.intent, [](Intent& intent) { intent.unmet_condition = not_to_be_run; });
}

} // namespace

TEST(SshdBlocked, SaysNothingWhereTheConditionIsMet) {
  EXPECT_TRUE(run("sshd.blocked", healthy()).empty());
}

TEST(SshdBlocked, ARunningDaemonIsOnlyAtRisk) {
  Snapshot snapshot = healthy();
  block(snapshot);
  const auto findings = run("sshd.blocked", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].fix[0], "rm /etc/ssh/sshd_not_to_be_run");
}

TEST(SshdBlocked, ASkippedStartLocksOut) {
  Snapshot snapshot = with_units([](SshUnits& units) { units.service.active_state = "inactive"; });
  block(snapshot);
  const auto findings = run("sshd.blocked", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].summary, std::string{not_to_be_run} + " keeps ssh.service from starting");
}

TEST(SshdBlocked, APathThatIsGoneNowBlocksNoMoreWhateverTheLastStartSaid) {
  EXPECT_TRUE(run("sshd.blocked", with_units([](SshUnits& units) {
                    units.service.active_state = "inactive";
                    units.service.condition_result = false;
                    units.service.conditions[0].state = -1;
                  }))
                  .empty());
}

TEST(SshdBlocked, OtherConditionsAreTakenFromTheLastStart) {
  const auto findings = run("sshd.blocked", with_units([](SshUnits& units) {
                              units.service.active_state = "inactive";
                              units.service.condition_result = false;
                              units.service.conditions[0].type = "ConditionVirtualization";
                              units.service.conditions[0].parameter = "vm";
                              units.service.conditions[0].negate = false;
                              units.service.conditions[0].state = -1;
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].evidence[0].value, "ConditionVirtualization=vm");
}

} // namespace sshguardd::test
