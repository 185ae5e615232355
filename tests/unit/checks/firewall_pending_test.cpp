#include "flow_fixture.hpp"

namespace sshguardd::test {
namespace {

using Whose = Flow::Whose;

Snapshot saved(std::vector<Flow> live, std::vector<Flow> at_boot) {
  Snapshot snapshot = with_flows(std::move(live));
  change(snapshot.firewall, [&](Firewall& firewall) {
    firewall.saved = std::move(at_boot);
    firewall.saved_by = "ufw";
  });
  return snapshot;
}

TEST(FirewallPending, warns_of_who_gets_in_now_and_will_not) {
  const Flow in = flow_of(Whose::login, Kind::accepted, true);
  const Flow out = flow_of(Whose::login, Kind::rejected);
  const Flow anyone_in = flow_of(Whose::anyone, Kind::accepted);
  const Flow anyone_out = flow_of(Whose::anyone, Kind::dropped);
  Flow beside_program = flow_of(Whose::login, Kind::undecided);
  beside_program.rules_accept = true;
  struct Row {
    const char* what;
    std::vector<Flow> live;
    std::vector<Flow> at_boot;
    bool found;
  } const rows[] = {
      {"the same", {in, anyone_in}, {in, anyone_in}, false},
      {"nothing is loaded", {in}, {}, false},
      {"who is known is kept out", {in, anyone_in}, {out, anyone_in}, true},
      {"who is kept out now, too", {out}, {out}, false},
      {"everybody else, but not who is known", {in, anyone_in}, {in, anyone_out}, false},
      {"everybody, and nobody is known", {anyone_in}, {anyone_out}, true},
      {"a program leaves it open now", {beside_program}, {out}, true},
      {"... and then", {beside_program}, {beside_program}, false},
      {"not decided now", {flow_of(Whose::login, Kind::undecided)}, {out}, false},
      {"not decided", {in}, {flow_of(Whose::login, Kind::undecided)}, false},
  };
  for (const Row& row : rows) {
    const auto findings = run("firewall.pending", saved(row.live, row.at_boot));
    ASSERT_EQ(findings.size(), row.found ? 1U : 0U) << row.what;
    if (!row.found) continue;
    EXPECT_EQ(findings[0].when, When::reboot) << row.what;
    EXPECT_EQ(findings[0].severity, Severity::warning) << row.what;
  }
}

TEST(FirewallPending, saved_rules_that_nobody_could_read_are_no_finding) {
  Snapshot snapshot = with_flows({flow_of(Whose::login, Kind::accepted)});
  change(snapshot.firewall, [](Firewall& firewall) { firewall.saved = Unknown{"no"}; });
  EXPECT_TRUE(run("firewall.pending", snapshot).empty());
}

} // namespace
} // namespace sshguardd::test
