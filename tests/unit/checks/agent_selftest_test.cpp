#include "fixture.hpp"

namespace sshguardd::test {

TEST(AgentSelftest, NamesWhatDoesNotWork) {
  EXPECT_TRUE(run("agent.selftest", healthy()).empty());
  Snapshot snapshot = healthy();
  change(snapshot.self,
         [](SelfTest& self) { self.problems = {"console /dev/ttyS0: No such device"}; });
  const auto findings = run("agent.selftest", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_NE(findings[0].summary.find("/dev/ttyS0"), std::string::npos);
}

} // namespace sshguardd::test
