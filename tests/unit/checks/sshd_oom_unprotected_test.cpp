#include "fixture.hpp"

namespace sshguardd::test {
namespace {

TEST(SshdOomUnprotected, is_worth_knowing) {
  struct Row {
    const char* what;
    std::optional<int> score;
    bool active;
    std::size_t found;
  } const rows[] = {{"as sshd sets it", -1000, true, 0},
                    {"somebody has changed it", 0, true, 1},
                    {"a little", -999, true, 1},
                    {"not known, or a container", std::nullopt, true, 0},
                    {"down", 0, false, 0}};
  for (const Row& row : rows) {
    Snapshot snapshot = with_units([&row](SshUnits& units) {
      units.service.active_state = row.active ? "active" : "inactive";
    });
    snapshot.daemon = Daemon{
        .pid = 91, .state = 'S', .frozen = false, .startups = {}, .oom_score_adj = row.score};
    const auto findings = run("sshd.oom-unprotected", snapshot);
    ASSERT_EQ(findings.size(), row.found) << row.what;
    if (row.found == 0) continue;
    EXPECT_EQ(findings[0].severity, Severity::info);
    EXPECT_GT(findings[0].settle.count(), 0);
  }
  EXPECT_TRUE(run("sshd.oom-unprotected", healthy()).empty()) << "nobody could look";
}

} // namespace
} // namespace sshguardd::test
