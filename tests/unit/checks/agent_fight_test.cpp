#include "fixture.hpp"

namespace sshguardd::test {

TEST(AgentFight, IsSilentWhileNobodyUndoesAnything) {
  Snapshot snapshot = healthy();
  EXPECT_TRUE(run("agent.fight", snapshot).empty());
  change(snapshot.self, [](SelfTest& self) {
    self.frozen = {{.remedy = "restart", .subject = "ssh.service", .tries = 7}};
  });
  EXPECT_TRUE(run("agent.fight", snapshot).empty());
}

TEST(AgentFight, NamesWhatIsUndone) {
  Snapshot snapshot = healthy();
  change(snapshot.self, [](SelfTest& self) {
    self.fights = {{.remedy = "start", .subject = "ssh.service", .tries = 2}};
  });
  const auto findings = run("agent.fight", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].summary,
            "somebody undid the start of ssh.service twice within an hour; the agent leaves it");
  EXPECT_FALSE(findings[0].remedy);
}

} // namespace sshguardd::test
