#include "fixture.hpp"

namespace sshguardd::test {

TEST(AgentFrozen, IsSilentWhileNoBudgetIsSpent) {
  EXPECT_TRUE(run("agent.frozen", healthy()).empty());
}

TEST(AgentFrozen, NamesRemedySubjectTriesAndTheNextTry) {
  Snapshot snapshot = healthy();
  change(snapshot.self, [](SelfTest& self) {
    self.frozen = {{.remedy = "restart", .subject = "ssh.service", .tries = 9, .every = 30min},
                   {.remedy = "start", .subject = "ssh.socket", .tries = 10, .in_a_day = true}};
  });
  const auto findings = run("agent.frozen", snapshot);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].sees, Sees::none);
  EXPECT_EQ(findings[0].subject, "ssh.service");
  EXPECT_EQ(findings[0].summary,
            "the agent gave up on the restart of ssh.service, tried too often without lasting "
            "effect; one more each 30 minutes");
  EXPECT_EQ(findings[0].evidence[0].value, "9");
  EXPECT_NE(findings[0].fix[0].find("journalctl -u ssh.service"), std::string::npos);
  EXPECT_FALSE(findings[0].remedy);
  EXPECT_EQ(findings[1].summary,
            "the agent gave up on the start of ssh.socket, tried too often within a day");
  EXPECT_EQ(findings[1].evidence[0].what, "tries within a day");
}

} // namespace sshguardd::test
