#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "session.broken";

Finding told(const char* words) {
  Snapshot snapshot = healthy();
  AuthLog log;
  log.broken_sessions = {{"alice", words, 2}};
  snapshot.auth = log;
  const auto findings = run(id, snapshot);
  EXPECT_EQ(findings.size(), 1U);
  return findings.empty() ? Finding{} : findings[0];
}

TEST(SessionBroken, SaysWhatSshdSaid) {
  const Finding finding = told("bad ownership or modes for chroot directory \"/srv\"");
  EXPECT_EQ(finding.severity, Severity::critical);
  EXPECT_EQ(finding.sees, Sees::closed);
  EXPECT_EQ(finding.subject, "alice");
  EXPECT_EQ(finding.summary,
            "alice's logins end at once: bad ownership or modes for chroot directory \"/srv\"");
  EXPECT_FALSE(finding.remedy) << "a log line heals nothing";
}

TEST(SessionBroken, WhereToLookFirst) {
  const auto fix = [](const char* words) { return told(words).fix[0]; };
  EXPECT_EQ(fix("PAM unable to dlopen(pam_x.so): /lib/pam_x.so: cannot open"),
            "grep -rn pam_x.so /etc/pam.d");
  EXPECT_EQ(fix("PAM unable to dlopen(x; reboot): no"), "grep -n session /etc/pam.d/sshd");
  EXPECT_EQ(fix("PAM: pam_open_session(): Cannot make/remove an entry for the specified session"),
            "grep -n session /etc/pam.d/sshd");
  EXPECT_EQ(fix("chroot(\"/srv\"): No such file or directory"),
            "sshd -T | grep -i chrootdirectory");
  EXPECT_EQ(fix("initgroups: alice: Invalid argument"),
            "journalctl -t sshd -t sshd-session --since=-10min");
}

TEST(SessionBroken, NobodyAndNobodyCouldLook) {
  Snapshot snapshot = healthy();
  snapshot.auth = AuthLog{};
  EXPECT_TRUE(run(id, snapshot).empty());
  EXPECT_TRUE(run(id, healthy()).empty());
}

} // namespace
} // namespace sshguardd::test
