#include "key_files.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "keys.source";

Snapshot with_source(KeySource source) {
  Snapshot snapshot = with_files({used_file(alices_keys)});
  Accounts accounts = *snapshot.accounts;
  accounts.wrong_sources = {std::move(source)};
  snapshot.accounts = accounts;
  return snapshot;
}

TEST(KeysSource, WithoutTheRevokedKeysNobodyGetsIn) {
  const auto findings = run(id, with_source({.setting = "RevokedKeys",
                                             .path = "/etc/ssh/revoked",
                                             .why = "No such file or directory",
                                             .refuses_all = true}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].sees, Sees::denied);
  EXPECT_EQ(findings[0].subject, "/etc/ssh/revoked");
  EXPECT_EQ(findings[0].summary, "sshd refuses every key: RevokedKeys: /etc/ssh/revoked: "
                                 "No such file or directory");
}

TEST(KeysSource, AProgramThatIsNotRunIsAWarning) {
  const auto findings = run(id, with_source({.setting = "AuthorizedKeysCommand",
                                             .path = "/opt/k e",
                                             .why = "/opt has mode 0777"}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].summary, "AuthorizedKeysCommand gives no keys: /opt has mode 0777");
  EXPECT_EQ(findings[0].fix.back(), "ls -l '/opt/k e'");
}

TEST(KeysSource, NothingToTell) {
  EXPECT_TRUE(run(id, healthy()).empty());
  Snapshot unknown = healthy();
  unknown.accounts = Unknown{"no answer"};
  EXPECT_TRUE(engine::evaluate(unknown, catalog()).is_unknown(id));
}

} // namespace
} // namespace sshguardd::test
