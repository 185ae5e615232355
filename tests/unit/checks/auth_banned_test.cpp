#include "flow_fixture.hpp"

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

TEST(AuthBanned, BansThatStandInTheRules) {
  Flow ban = flow_of(Flow::Whose::login, Kind::rejected, true);
  ban.ban = true;
  ban.owner = "fail2ban";
  Flow stranger = ban;
  stranger.whose = Flow::Whose::anyone;
  Snapshot snapshot = with_flows({ban, stranger});
  const auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].subject, "203.0.113.7");
  EXPECT_EQ(findings[0].fix[0], "fail2ban-client unban 203.0.113.7");
  EXPECT_EQ(findings[0].evidence.size(), 1U);
  for (const char* rule : {"ip filter f2b-sshd rule 1: -s 203.0.113.7/32 -j REJECT",
                           "inet f2b-table f2b-chain handle 4: tcp dport 22 ip saddr "
                           "@addr-set-sshd reject"}) {
    change(snapshot.firewall, [rule](Firewall& firewall) { firewall.flows[0].rule = rule; });
    EXPECT_EQ(run(id, snapshot)[0].fix[0], "fail2ban-client set sshd unbanip 203.0.113.7") << rule;
  }

  AuthLog log;
  log.bans = {{"203.0.113.7", "fail2ban", "sshd", false}};
  snapshot.auth = log;
  EXPECT_EQ(run(id, snapshot)[0].severity, Severity::info) << "the log knows better";
}

TEST(AuthBanned, NobodyAndNobodyCouldLook) {
  EXPECT_TRUE(run(id, with({})).empty());
  EXPECT_TRUE(run(id, healthy()).empty());
}

} // namespace
} // namespace sshguardd::test
