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
  ASSERT_EQ(findings[0].evidence.size(), 3U);
  EXPECT_EQ(findings[0].evidence[0].value, "sshguardd.conf:3: [heal] enabled: \"maybe\"");
}

TEST(AgentConfig, SaysWhatIsInForce) {
  Snapshot snapshot = healthy();
  change(snapshot.self,
         [](SelfTest& self) { self.config_errors = {"/etc/sshguardd/sshguardd.conf:4: x"}; });
  EXPECT_EQ(run("agent.config", snapshot)[0].summary, "sshguardd.conf:4: x");
  EXPECT_EQ(run("agent.config", snapshot)[0].evidence.back().value,
            "the default of each key that is named");
  change(snapshot.self, [](SelfTest& self) { self.config_refused = true; });
  EXPECT_EQ(run("agent.config", snapshot)[0].summary,
            "not reloaded, the old configuration is in force: sshguardd.conf:4: x");
  EXPECT_EQ(run("agent.config", snapshot)[0].evidence.back().value,
            "all of the configuration before the reload");
  // An unchanged machine without errors is silent whatever the flag says.
  change(snapshot.self, [](SelfTest& self) { self.config_errors.clear(); });
  EXPECT_TRUE(run("agent.config", snapshot).empty());
}

} // namespace sshguardd::test
