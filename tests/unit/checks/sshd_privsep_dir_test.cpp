#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "sshd.privsep-dir";

Snapshot complained(PrivsepDir directory) {
  Snapshot snapshot = healthy();
  change(snapshot.config_test, [&](ConfigTest& test) { test.privsep_dir = directory.path; });
  snapshot.privsep_dir = std::move(directory);
  snapshot.daemon = Daemon{.pid = 91, .state = 'S'};
  return snapshot;
}

TEST(SshdPrivsepDir, MissingUnderALivingSshd) {
  const auto findings = run(id, complained({.path = "/run/sshd"}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].sees, Sees::reset);
  ASSERT_TRUE(findings[0].remedy);
  EXPECT_EQ(std::get<MakePrivsepDir>(*findings[0].remedy).path, "/run/sshd");
}

TEST(SshdPrivsepDir, UnsafeByVersionAndPlace) {
  const auto found = [](const char* path, bool reread) {
    Snapshot snapshot = complained({.path = path, .exists = true, .owner = 1000, .mode = 0777});
    snapshot.host_keys = HostKeys{.keys = {}, .reread = reread, .change = {}};
    return run(id, snapshot);
  };
  // Executed anew for each connection, it looks each time.
  const auto old = found("/run/sshd", true);
  ASSERT_EQ(old.size(), 1U);
  EXPECT_EQ(old[0].severity, Severity::critical);
  EXPECT_EQ(old[0].when, When::now);
  EXPECT_EQ(old[0].sees, Sees::reset);
  EXPECT_EQ(old[0].summary, "/run/sshd is unsafe: owner 1000, mode 0777");
  EXPECT_TRUE(old[0].remedy);
  const auto units_own = found("/run/sshd", false);
  ASSERT_EQ(units_own.size(), 1U);
  EXPECT_EQ(units_own[0].severity, Severity::info);
  EXPECT_EQ(units_own[0].when, When::restart);
  EXPECT_TRUE(units_own[0].remedy);
  const auto elsewhere = found("/usr/share/empty.sshd", false);
  ASSERT_EQ(elsewhere.size(), 1U);
  EXPECT_EQ(elsewhere[0].severity, Severity::warning);
  EXPECT_EQ(elsewhere[0].sees, Sees::refused);
}

TEST(SshdPrivsepDir, MendedSinceItWasAsked) {
  EXPECT_TRUE(run(id, complained({.path = "/run/sshd", .exists = true, .mode = 0755})).empty());
}

TEST(SshdPrivsepDir, NothingIsDeletedForIt) {
  const auto findings = run(id, complained({.path = "/var/empty", .obstructed = true}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_FALSE(findings[0].remedy);
}

TEST(SshdPrivsepDir, TheUnitMakesItsOwn) {
  Snapshot snapshot = complained({.path = "/run/sshd"});
  change(snapshot.units, [](SshUnits& units) { units.service.active_state = "failed"; });
  EXPECT_TRUE(run(id, snapshot).empty());
  Snapshot other = complained({.path = "/var/lib/sshd"});
  other.units = snapshot.units;
  const auto findings = run(id, other);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].sees, Sees::refused);
  change(other.privsep_dir, [](PrivsepDir& directory) { directory.path = "/var/run/sshd"; });
  EXPECT_TRUE(run(id, other).empty());
}

TEST(SshdPrivsepDir, GoneWithASshdThatEndedAMomentAgo) {
  Snapshot snapshot = complained({.path = "/run/sshd"});
  snapshot.daemon = Unknown{"no such process"};
  EXPECT_TRUE(run(id, snapshot).empty());
}

TEST(SshdPrivsepDir, NotNeededByAnIdleSocket) {
  Snapshot snapshot = complained({.path = "/var/lib/sshd"});
  change(snapshot.units, [](SshUnits& units) {
    units.service.active_state = "inactive";
    units.socket.active_state = "active";
  });
  EXPECT_TRUE(run(id, snapshot).empty());
}

TEST(SshdPrivsepDir, NobodyComplains) {
  EXPECT_TRUE(run(id, healthy()).empty());
}

} // namespace
} // namespace sshguardd::test
