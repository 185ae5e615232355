#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "auth.no-common-algorithm";

Finding told(const char* kind) {
  Snapshot snapshot = healthy();
  AuthLog log;
  log.no_common_algorithm = {{"192.0.2.1", kind, "diffie-hellman-group1-sha1"}};
  snapshot.auth = log;
  const auto findings = run(id, snapshot);
  EXPECT_EQ(findings.size(), 1U);
  return findings.empty() ? Finding{} : findings[0];
}

TEST(AuthNoCommonAlgorithm, WhichOfferAndWhichKeyword) {
  const Finding finding = told("key exchange method");
  EXPECT_EQ(finding.severity, Severity::info);
  EXPECT_EQ(finding.subject, "192.0.2.1");
  EXPECT_EQ(finding.evidence[0].value, "diffie-hellman-group1-sha1");
  EXPECT_EQ(finding.fix[0], "sshd -T | grep -i '^KexAlgorithms '");
  EXPECT_EQ(told("host key type").fix[0], "sshd -T | grep -i '^HostKeyAlgorithms '");
  EXPECT_EQ(told("cipher").fix[0], "sshd -T | grep -i '^Ciphers '");
  EXPECT_EQ(told("MAC").fix[0], "sshd -T | grep -i '^MACs '");
  EXPECT_EQ(told("compression method").fix[0], "update the client");
}

TEST(AuthNoCommonAlgorithm, NobodyCouldLook) {
  EXPECT_TRUE(run(id, healthy()).empty());
}

} // namespace
} // namespace sshguardd::test
