#include "fixture.hpp"

namespace sshguardd::test {

TEST(AgentConfig, EveryErrorIsEvidenceAndTheStateIsAWarning) {
  EXPECT_TRUE(run("agent.config", healthy()).empty());
  Snapshot snapshot = healthy();
  change(snapshot.self, [](SelfTest& self) {
    self.config_errors = {"sshguardd.conf:3: [heal] enabled: \"maybe\"", "sshguardd.conf:4: x"};
  });
  const auto findings = run("agent.config", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].sees, Sees::none);
  EXPECT_EQ(findings[0].evidence.size(), 2U);
}

} // namespace sshguardd::test
