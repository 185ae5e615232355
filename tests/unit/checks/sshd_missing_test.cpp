#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Snapshot without_units() {
  return with_units([](SshUnits& units) {
    units.service = {};
    units.socket = {};
    units.owner = PortOwner::none;
  });
}

} // namespace

TEST(SshdMissing, SaysNothingOfAHealthyMachine) {
  EXPECT_TRUE(run("sshd.missing", healthy()).empty());
}

TEST(SshdMissing, NoUnitAtAll) {
  Snapshot snapshot = without_units();
  snapshot.listeners = std::vector<Listener>{};
  const auto findings = run("sshd.missing", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
}

TEST(SshdMissing, ATemplateForASocketIsAUnit) {
  Snapshot snapshot = without_units();
  snapshot.listeners = std::vector<Listener>{};
  change(snapshot.units, [](SshUnits& units) { units.files = {{"sshd@.service", "static"}}; });
  EXPECT_TRUE(run("sshd.missing", snapshot).empty());
}

TEST(SshdMissing, AnotherServerOnPort22IsNoLockout) {
  Snapshot snapshot = without_units();
  snapshot.listeners = std::vector<Listener>{{"0.0.0.0", 22, false, false}};
  EXPECT_TRUE(run("sshd.missing", snapshot).empty());
}

TEST(SshdMissing, NoBinaryBitesAtOnceWhenDownAndAtTheNextRestartWhenUp) {
  Snapshot up = healthy();
  change(up.config, [](SshdConfig& config) { config.binary_exists = false; });
  auto findings = run("sshd.missing", up);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].when, When::restart);

  Snapshot down = failed_at_start_limit();
  change(down.config, [](SshdConfig& config) { config.binary_exists = false; });
  findings = run("sshd.missing", down);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].when, When::now);
}

TEST(SshdMissing, AnUnreadConfigurationIsNotAMissingBinary) {
  Snapshot snapshot = healthy();
  snapshot.config = Unknown{"wrapper"};
  EXPECT_TRUE(run("sshd.missing", snapshot).empty());
}

} // namespace sshguardd::test
