#include "fixture.hpp"

namespace sshguardd::test {

TEST(SshdConfigUnwatched, SaidWithoutAnEffectOnTheState) {
  EXPECT_TRUE(run("sshd.config-unwatched", healthy()).empty());
  Snapshot snapshot = healthy();
  change(snapshot.config,
         [](SshdConfig& config) { config.incomplete = "it has more than 512 files"; });
  const auto findings = run("sshd.config-unwatched", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_NE(findings[0].summary.find("more than 512 files"), std::string::npos);
  EXPECT_FALSE(findings[0].remedy);
  EXPECT_EQ(engine::evaluate(snapshot, catalog()).state, engine::State::ok);
  snapshot.config = Unknown{"x"};
  EXPECT_EQ(engine::evaluate(snapshot, catalog()).find("sshd.config-unwatched"), nullptr);
  EXPECT_TRUE(engine::evaluate(snapshot, catalog()).is_unknown("sshd.config-unwatched"));
}

} // namespace sshguardd::test
