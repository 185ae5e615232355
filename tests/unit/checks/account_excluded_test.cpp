#include "key_files.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "account.excluded";

Account shut_out(const char* by = "AllowUsers", const char* why = "is not in AllowUsers") {
  Account account = account_of("alice", {});
  account.got_in = true;
  account.excluded_by = by;
  account.excluded = why;
  return account;
}

Snapshot with_setting(Account account) {
  Snapshot snapshot = with_accounts({std::move(account)});
  Effective effective;
  effective.fingerprint = "1";
  effective.policy = {{"AllowUsers", "bob", "/etc/ssh/sshd_config", 12},
                      {"DenyUsers", "alice", "/etc/ssh/sshd_config.d/x.conf", 3},
                      {"PermitRootLogin", "no", "sshd's command line", 0}};
  snapshot.effective = effective;
  return snapshot;
}

TEST(AccountExcluded, WhoGotInBeforeIsLockedOut) {
  const auto findings = run(id, with_setting(shut_out()));
  ASSERT_EQ(findings.size(), 1U);
  expect_locked_out(findings[0]);
  EXPECT_EQ(findings[0].summary, "alice is not in AllowUsers");
  EXPECT_EQ(findings[0].fix.front(), "add alice to sshd_config:12");
  EXPECT_FALSE(findings[0].remedy);
  EXPECT_EQ(engine::evaluate(with_setting(shut_out()), catalog()).client.because, id);
}

TEST(AccountExcluded, WhoNeverCameIsMeant) {
  Account never = shut_out();
  never.got_in = false;
  EXPECT_TRUE(run(id, with_setting(never)).empty());
  Account let_in = account_of("alice", {});
  let_in.got_in = true;
  EXPECT_TRUE(run(id, with_setting(let_in)).empty());
  EXPECT_TRUE(run(id, healthy()).empty());
}

TEST(AccountExcluded, TheAdviceFitsTheRule) {
  struct Row {
    const char* by;
    const char* fix;
  };
  const Row rows[] = {
      {"DenyUsers", "change sshd_config.d/x.conf:3"},
      {"AllowGroups", "add a group of alice's to AllowGroups"},
      {"PermitRootLogin", "PermitRootLogin prohibit-password: sshd's command line"},
      {"pam_access", "let alice in by /etc/security/access.conf"},
      {"PubkeyAuthentication", "change PubkeyAuthentication"},
  };
  for (const Row& row : rows) {
    const auto findings = run(id, with_setting(shut_out(row.by, "is out")));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].fix.front(), row.fix);
  }
  // A Match block may be what decides.
  Snapshot snapshot = with_setting(shut_out());
  change(snapshot.effective, [](Effective& one) { one.login.conditional = true; });
  EXPECT_EQ(run(id, snapshot)[0].fix.front(), "add alice to AllowUsers");
}

TEST(AccountExcluded, OnlyFromTheNextRestartOnWhereSshdHasNotReadIt) {
  Snapshot snapshot = with_setting(shut_out());
  change(snapshot.config, [](SshdConfig& config) { config.newest_change_us = wall_us; });
  auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].when, When::restart);
  EXPECT_EQ(findings[0].fix.size(), 1U) << "no reload that would bring it about";
  // PAM reads its file at each login.
  change(snapshot.accounts, [](Accounts& all) { all.accounts[0].excluded_by = "pam_access"; });
  findings = run(id, snapshot);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].sees, Sees::closed);
}

TEST(AccountExcluded, NotAllOfManyAccounts) {
  std::vector<Account> accounts(40, shut_out());
  for (std::size_t i = 0; i < accounts.size(); ++i)
    accounts[i].name = "user" + std::to_string(i);
  const auto findings = run(id, with_accounts(accounts));
  ASSERT_EQ(findings.size(), 16U);
  EXPECT_EQ(findings.back().subject, several_accounts);
  EXPECT_EQ(findings.back().severity, Severity::critical);
}

TEST(AccountExcluded, WhatAClientMeetsBeforeComesFirst) {
  Snapshot snapshot = failed_at_start_limit();
  snapshot.accounts = Accounts{.accounts = {shut_out()}};
  EXPECT_EQ(engine::evaluate(snapshot, catalog()).client.because, "sshd.failed");
}

} // namespace
} // namespace sshguardd::test
