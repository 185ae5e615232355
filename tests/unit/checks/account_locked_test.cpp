#include "key_files.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "account.locked";
constexpr std::int64_t today = 20'778; // 2026-11-21

Account locked(bool closed = true) {
  Account account = account_of("alice", {});
  account.got_in = true;
  account.locked = "has expired";
  account.closed = closed;
  account.mend = "chage -E -1";
  return account;
}

Account soon(std::int64_t in_days) {
  Account account = account_of("alice", {used_file(alices_keys)});
  account.soon = "the account expires";
  account.soon_day = today + in_days;
  account.closed = true;
  account.mend = "chage -E -1";
  return account;
}

TEST(AccountLocked, WhoGotInBeforeIsLockedOut) {
  for (const bool closed : {true, false}) {
    const auto findings = run(id, with_accounts({locked(closed)}));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::critical);
    EXPECT_EQ(findings[0].when, When::now);
    EXPECT_EQ(findings[0].sees, closed ? Sees::closed : Sees::denied);
    EXPECT_EQ(findings[0].summary, "alice has expired");
    EXPECT_EQ(findings[0].fix.front(), "chage -E -1 alice");
  }
  EXPECT_EQ(engine::evaluate(with_accounts({locked()}), catalog()).client.because, id);
}

TEST(AccountLocked, WhoNeverCameIsMeant) {
  Account never = locked();
  never.got_in = false;
  EXPECT_TRUE(run(id, with_accounts({never})).empty());
  EXPECT_TRUE(run(id, healthy()).empty());
}

TEST(AccountLocked, TellsAWeekBefore) {
  for (const std::int64_t days : {1, 7}) {
    const auto findings = run(id, with_accounts({soon(days)}));
    ASSERT_EQ(findings.size(), 1U) << days;
    EXPECT_EQ(findings[0].severity, Severity::warning);
    EXPECT_EQ(findings[0].when, When::soon);
    EXPECT_EQ(findings[0].fix.front(), "chage -E -1 alice");
  }
  EXPECT_EQ(run(id, with_accounts({soon(1)}))[0].summary,
            "alice will be kept out from 2026-11-22 on: the account expires");
  EXPECT_TRUE(run(id, with_accounts({soon(8)})).empty());
  EXPECT_EQ(engine::evaluate(with_accounts({soon(1)}), catalog()).client.because, "");
}

TEST(AccountLocked, ANameIsNoCommand) {
  Account account = locked();
  account.name = "a;b";
  EXPECT_EQ(run(id, with_accounts({account}))[0].fix.front(), "chage -E -1 'a;b'");
}

TEST(AccountLocked, AHomeIsPutBack) {
  Account account = locked(false);
  account.locked = "has no home, and so no key: /home (fstab) is not mounted";
  account.mend.clear();
  const auto findings = run(id, with_accounts({account}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].fix,
            (std::vector<std::string>{"mount -a, or put the home back", "ls -ld /home/alice"}));
}

TEST(AccountLocked, NotAllOfManyAccounts) {
  std::vector<Account> accounts(39, soon(3));
  accounts.push_back(locked());
  const auto findings = run(id, with_accounts(accounts));
  ASSERT_EQ(findings.size(), 16U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings.back().subject, several_accounts);
  EXPECT_EQ(findings.back().severity, Severity::warning);
}

} // namespace
} // namespace sshguardd::test
