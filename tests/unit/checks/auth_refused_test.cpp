#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "auth.refused";
constexpr const char* words = "refusing RSA key: Invalid key length";

Snapshot refused(const char* account) {
  Snapshot snapshot = healthy();
  AuthLog log;
  log.refused.push_back({account, words});
  snapshot.auth = log;
  return snapshot;
}

TEST(AuthRefused, SshdsWords) {
  const auto findings = run(id, refused("alice"));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].subject, "alice");
  EXPECT_EQ(findings[0].summary, std::string{"sshd refused alice's keys: "} + words);
  EXPECT_FALSE(findings[0].remedy) << "a log line heals nothing";
}

TEST(AuthRefused, SilentWhereKeysTellTheCause) {
  Snapshot snapshot = refused("alice");
  const auto with = [&](KeyFile::State state, std::uint32_t bad) {
    KeyFile file;
    file.state = state;
    file.bad_lines = bad;
    Account account;
    account.name = "alice";
    account.files = {file};
    Accounts accounts;
    accounts.accounts = {account};
    snapshot.accounts = accounts;
    return run(id, snapshot).empty();
  };
  EXPECT_TRUE(with(KeyFile::State::refused, 0));
  EXPECT_TRUE(with(KeyFile::State::unreadable, 0));
  EXPECT_TRUE(with(KeyFile::State::used, 1));
  EXPECT_FALSE(with(KeyFile::State::used, 0));
}

TEST(AuthRefused, AnotherAccountsCauseIsNone) {
  Snapshot snapshot = refused("bob");
  KeyFile file;
  file.state = KeyFile::State::refused;
  Account account;
  account.name = "alice";
  account.files = {file};
  Accounts accounts;
  accounts.accounts = {account};
  snapshot.accounts = accounts;
  EXPECT_EQ(run(id, snapshot).size(), 1U);
  snapshot.accounts = Unknown{"no answer"};
  EXPECT_EQ(run(id, snapshot).size(), 1U);
}

TEST(AuthRefused, NobodyCouldLook) {
  EXPECT_TRUE(run(id, healthy()).empty());
}

} // namespace
} // namespace sshguardd::test
