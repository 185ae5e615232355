#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "keys.selinux";

TEST(KeysSelinux, NamesTheOutermostForTheOneCommand) {
  Snapshot snapshot = healthy();
  Accounts accounts;
  accounts.wrong_labels = {
      {"alice", "/home/alice/.ssh/authorized_keys", "user_home_t", "ssh_home_t"},
      {"bob", "/srv/b o b/.ssh", "default_t", "ssh_home_t"},
      {"alice", "/home/alice/.ssh", "user_home_t", "ssh_home_t"}};
  snapshot.accounts = accounts;
  const auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].subject, "alice");
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].summary, "SELinux may keep sshd from alice's keys: "
                                 "/home/alice/.ssh/authorized_keys is user_home_t, not ssh_home_t");
  EXPECT_EQ(findings[0].evidence.size(), 2U);
  EXPECT_EQ(findings[0].fix, std::vector<std::string>{"restorecon -Rv /home/alice/.ssh"});
  EXPECT_EQ(findings[1].fix, std::vector<std::string>{"restorecon -Rv '/srv/b o b/.ssh'"});
  EXPECT_FALSE(findings[0].remedy);
}

TEST(KeysSelinux, NobodyWithoutAWrongOne) {
  Snapshot snapshot = healthy();
  snapshot.accounts = Accounts{};
  EXPECT_TRUE(run(id, snapshot).empty());
}

} // namespace
} // namespace sshguardd::test
