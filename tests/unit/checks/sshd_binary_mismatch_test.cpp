#include "fixture.hpp"

#include "engine/policy.hpp"

namespace sshguardd::test {
namespace {

const std::string session = "/usr/lib/openssh/sshd-session";

Snapshot with(const SshdBinary& binary, const char* state = "active") {
  Snapshot snapshot = with_units([&](SshUnits& units) { units.service.active_state = state; });
  snapshot.binary = binary;
  return snapshot;
}

SshdBinary whole() {
  return {.path = "/usr/sbin/sshd", .helpers = {session}};
}

} // namespace

TEST(SshdBinaryMismatch, WhatIsMissingOrBroken) {
  SshdBinary missing = whole();
  missing.missing = {session};
  SshdBinary both = missing;
  both.replaced = true;
  SshdBinary crashes = whole();
  crashes.cannot_run = "ended by signal 11";
  SshdBinary replaced = whole();
  replaced.replaced = true;
  struct Row {
    const char* name;
    SshdBinary binary;
    const char* state;
    int severity; // -1 = nothing
    When when = When::now;
    Sees sees = Sees::none;
  };
  constexpr int info = static_cast<int>(Severity::info);
  constexpr int warning = static_cast<int>(Severity::warning);
  constexpr int critical = static_cast<int>(Severity::critical);
  const Row rows[] = {
      {"whole", whole(), "active", -1},
      {"before 9.8", {.path = "/usr/sbin/sshd"}, "active", -1},
      {"no helper", missing, "active", critical, When::now, Sees::reset},
      {"no helper, down", missing, "failed", critical, When::now, Sees::refused},
      {"no helper, stopped", missing, "inactive", warning, When::restart, Sees::refused},
      {"no helper of the next one", both, "active", critical, When::now, Sees::reset},
      {"crashes", crashes, "active", warning, When::restart, Sees::refused},
      {"crashes, down", crashes, "failed", critical, When::now, Sees::refused},
      {"after an upgrade", replaced, "active", info, When::restart, Sees::none},
  };
  for (const Row& row : rows) {
    const auto findings = run("sshd.binary-mismatch", with(row.binary, row.state));
    ASSERT_EQ(findings.size(), row.severity < 0 ? 0U : 1U) << row.name;
    if (findings.empty()) continue;
    EXPECT_EQ(static_cast<int>(findings[0].severity), row.severity) << row.name;
    EXPECT_EQ(findings[0].when, row.when) << row.name;
    EXPECT_EQ(findings[0].sees, row.sees) << row.name;
    EXPECT_FALSE(findings[0].remedy) << row.name;
  }
}

TEST(SshdBinaryMismatch, ABrokenFileThatIsExecutedForEachConnection) {
  Snapshot snapshot = with({.path = "/usr/sbin/sshd", .cannot_run = "libcrypto.so.3: no file"});
  EXPECT_EQ(run("sshd.binary-mismatch", snapshot).at(0).when, When::restart);
  snapshot.probe = Probe{"127.0.0.1", 22, false, "closed", Probe::How::closed, 1};
  const auto findings = run("sshd.binary-mismatch", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].sees, Sees::reset);
  EXPECT_EQ(findings[0].severity, Severity::critical);
}

TEST(SshdBinaryMismatch, NotWhilePackagesAreInstalled) {
  SshdBinary missing = whole();
  missing.missing = {session};
  Snapshot snapshot = with(missing);
  change(snapshot.intent, [](Intent& intent) {
    intent.package_locks = {{.path = "/var/lib/dpkg/lock-frontend", .pid = 7, .held_s = 1}};
  });
  EXPECT_TRUE(run("sshd.binary-mismatch", snapshot).empty());
  // One that hangs is waited for as long as the policy waits.
  change(snapshot.intent, [](Intent& intent) { intent.package_locks.front().held_s = 600; });
  EXPECT_EQ(run("sshd.binary-mismatch", snapshot).size(), 1U);
}

TEST(SshdBinaryMismatch, NoRestartIsAdvisedThen) {
  Snapshot snapshot = with(whole());
  snapshot.probe = Probe{"127.0.0.1", 22, false, "closed", Probe::How::closed, 2};
  EXPECT_TRUE(run("sshd.unresponsive", snapshot).at(0).remedy);
  SshdBinary missing = whole();
  missing.missing = {session};
  snapshot.binary = missing;
  const auto findings = run("sshd.unresponsive", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_FALSE(findings[0].remedy);
  EXPECT_EQ(findings[0].fix.front(), "reinstall openssh-server");
}

TEST(SshdBinaryMismatch, NotWithoutALook) {
  Snapshot snapshot = healthy();
  snapshot.binary = Unknown{"/usr/sbin/sshd: Permission denied"};
  EXPECT_TRUE(run("sshd.binary-mismatch", snapshot).empty());
}

TEST(SshdBinaryMismatch, NoRestartMeanwhile) {
  Snapshot snapshot = failed_at_start_limit();
  const RestartSshd start{.service = "ssh.service"};
  const auto decision = [&] {
    return engine::decide(start, snapshot, Config{}, engine::Ledger{}, snapshot.taken.boot);
  };
  EXPECT_EQ(decision().hold, engine::Hold::none);
  SshdBinary missing = whole();
  missing.missing = {session};
  snapshot.binary = missing;
  EXPECT_EQ(decision().hold, engine::Hold::cause);
}

} // namespace sshguardd::test
