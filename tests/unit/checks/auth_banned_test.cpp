#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "auth.banned";

Snapshot with(std::vector<Ban> bans) {
  Snapshot snapshot = healthy();
  AuthLog log;
  log.bans = std::move(bans);
  snapshot.auth = log;
  return snapshot;
}

TEST(AuthBanned, StrangersAreWorthKnowing) {
  const auto findings = run(id, with({{"192.0.2.1", "sshd", "failed authentication", false}}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].summary, "sshd (failed authentication) keeps out 192.0.2.1");
  EXPECT_EQ(findings[0].fix[0], "wait 10 minutes, or systemctl restart ssh.service");
}

TEST(AuthBanned, WhoHadLoggedInIsLockedOut) {
  const auto findings = run(id, with({{"192.0.2.1", "sshd", "failed authentication", false},
                                      {"10.77.0.1", "TCP wrappers", "", true}}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].subject, "10.77.0.1");
  EXPECT_EQ(findings[0].sees, Sees::reset);
  EXPECT_EQ(findings[0].fix[0], "grep -ni sshd /etc/hosts.deny");
  EXPECT_EQ(findings[0].evidence.size(), 2U);
  EXPECT_FALSE(findings[0].remedy);
}

TEST(AuthBanned, TheCommandThatEndsIt) {
  const auto findings = run(id, with({{"fd77::1", "fail2ban", "sshd", true}}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].fix[0], "fail2ban-client set sshd unbanip 'fd77::1'");
  EXPECT_EQ(findings[0].sees, Sees::refused);
  EXPECT_EQ(findings[0].summary,
            "fail2ban (sshd) keeps out fd77::1, from where somebody had logged in");
}

TEST(AuthBanned, SetsOfNftables) {
  auto findings = run(id, with({{"fd77::1", "SSHGuard", "", true}}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].fix[0], "nft delete element ip6 sshguard attackers '{ fd77::1 }'");
  EXPECT_EQ(findings[0].sees, Sees::timeout) << "it drops";
  EXPECT_EQ(findings[0].summary, "SSHGuard keeps out fd77::1, from where somebody had logged in");
  findings = run(id, with({{"192.0.2.1", "crowdsec", "", true}}));
  EXPECT_EQ(findings.at(0).fix[0], "cscli decisions delete --ip 192.0.2.1");
}

TEST(AuthBanned, NobodyAndNobodyCouldLook) {
  EXPECT_TRUE(run(id, with({})).empty());
  EXPECT_TRUE(run(id, healthy()).empty());
}

} // namespace
} // namespace sshguardd::test
