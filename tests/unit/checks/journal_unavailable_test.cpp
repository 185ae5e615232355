#include "fixture.hpp"

namespace sshguardd::test {

TEST(JournalUnavailable, IsToldAfterAMinute) {
  Snapshot snapshot = healthy();
  EXPECT_TRUE(run("journal.unavailable", snapshot).empty());
  const auto refused_for = [&snapshot](BootClock::duration time) {
    change(snapshot.self, [&](SelfTest& self) {
      self.journal = {.dropped = 7,
                      .refused_since = snapshot.taken.boot - time,
                      .why = "journald does not read its socket"};
    });
    return run("journal.unavailable", snapshot);
  };
  EXPECT_TRUE(refused_for(59s).empty());
  const auto findings = refused_for(60s);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].sees, Sees::none);
  EXPECT_FALSE(findings[0].remedy);
  EXPECT_NE(findings[0].summary.find("does not read"), std::string::npos);
}

} // namespace sshguardd::test
