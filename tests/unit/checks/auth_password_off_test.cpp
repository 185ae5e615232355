#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "auth.password-off";

Snapshot with(std::vector<PolicySetting> policy) {
  Snapshot snapshot = healthy();
  Effective effective;
  effective.policy = std::move(policy);
  snapshot.effective = effective;
  return snapshot;
}

TEST(AuthPasswordOff, NamesTheLine) {
  const auto findings = run(
      id, with({{"PasswordAuthentication", "no", "/etc/ssh/sshd_config.d/50-cloud-init.conf", 1},
                {"KbdInteractiveAuthentication", "no", "", 0},
                {"PermitRootLogin", "no", "/etc/ssh/sshd_config", 33}}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].subject, "/etc/ssh/sshd_config.d/50-cloud-init.conf:1");
  ASSERT_EQ(findings[0].evidence.size(), 2U);
  EXPECT_EQ(findings[0].evidence[1].what, "/etc/ssh/sshd_config:33");
  EXPECT_EQ(findings[0].evidence[1].value, "PermitRootLogin no");
}

TEST(AuthPasswordOff, EitherWayOfAskingIsEnough) {
  EXPECT_TRUE(run(id, with({{"PasswordAuthentication", "no", "", 0},
                            {"KbdInteractiveAuthentication", "yes", "", 0}}))
                  .empty());
  EXPECT_TRUE(run(id, with({{"PasswordAuthentication", "yes", "", 0},
                            {"KbdInteractiveAuthentication", "no", "", 0}}))
                  .empty());
}

TEST(AuthPasswordOff, ListsOfMethods) {
  const auto told = [](const char* methods) {
    return run(id, with({{"PasswordAuthentication", "yes", "", 0},
                         {"KbdInteractiveAuthentication", "yes", "", 0},
                         {"AuthenticationMethods", methods, "sshd's command line", 0}}));
  };
  EXPECT_TRUE(told("any").empty());
  EXPECT_TRUE(told("publickey,password").empty());
  EXPECT_TRUE(told("publickey keyboard-interactive:pam").empty());
  const auto findings = told("publickey");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary,
            "no password logins: AuthenticationMethods publickey (sshd's command line)");
}

TEST(AuthPasswordOff, NobodyCouldLook) {
  EXPECT_TRUE(run(id, healthy()).empty());
  EXPECT_TRUE(run(id, with({{"PasswordAuthentication", "no", "", 0}})).empty());
}

} // namespace
} // namespace sshguardd::test
