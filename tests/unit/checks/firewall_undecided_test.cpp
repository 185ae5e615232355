#include "flow_fixture.hpp"

namespace sshguardd::test {
namespace {

TEST(FirewallUndecided, is_worth_knowing_where_the_answer_is_open) {
  Flow open = flow_of(Flow::Whose::login, Kind::undecided);
  open.why = "meta mark";
  auto findings = run("firewall.undecided", with_flows({open}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].summary,
            "whether the firewall lets in 203.0.113.7 is not told by its rules: meta mark");

  // Within a rate it gets in.
  open.usually = true;
  EXPECT_TRUE(run("firewall.undecided", with_flows({open})).empty());
  EXPECT_TRUE(
      run("firewall.undecided", with_flows({flow_of(Flow::Whose::login, Kind::dropped)})).empty());
}

TEST(FirewallUndecided, is_a_warning_where_somebody_was_let_in_before) {
  Flow open = flow_of(Flow::Whose::login, Kind::undecided, true);
  open.why = "meta hour";
  Snapshot snapshot = with_flows({flow_of(Flow::Whose::anyone, Kind::undecided, true), open});
  const auto findings = run("firewall.undecided", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].summary,
            "whether the firewall still lets in 203.0.113.7 is not told by its rules: meta hour");
  // What was not read is no reason.
  Firewall firewall = *snapshot.firewall;
  firewall.unread = {"nft -j list ruleset gave no answer in time"};
  snapshot.firewall = firewall;
  EXPECT_EQ(run("firewall.undecided", snapshot).at(0).severity, Severity::info);
  // Nor is everybody else.
  const auto others = with_flows({flow_of(Flow::Whose::anyone, Kind::undecided, true)});
  EXPECT_EQ(run("firewall.undecided", others).at(0).severity, Severity::info);
}

TEST(FirewallUndecided, programs_are_no_more_than_worth_knowing) {
  Flow open = flow_of(Flow::Whose::anyone, Kind::undecided, true);
  open.rule.clear();
  open.why = "an XDP program on eth0";
  open.rules_accept = true;
  const Snapshot snapshot = with_flows({open});
  const auto findings = run("firewall.undecided", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].summary, "whether the firewall lets in everybody else is not told by its "
                                 "rules: an XDP program on eth0");
  for (const char* other : {"firewall.drops", "firewall.rejects", "firewall.partial"})
    EXPECT_TRUE(run(other, snapshot).empty()) << other;
}

} // namespace
} // namespace sshguardd::test
