#include "engine/report.hpp"
#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "sshd.hostkey-changed";

TEST(SshdHostkeyChanged, IsToldWithBothFingerprints) {
  Snapshot snapshot = healthy();
  HostKeys keys;
  keys.keys = {{.path = "/etc/ssh/ssh_host_ed25519_key",
                .exists = true,
                .fingerprint = KeyFingerprint{"ED25519", "SHA256:new"}},
               {.path = "/etc/ssh/ssh_host_rsa_key",
                .exists = true,
                .fingerprint = KeyFingerprint{"RSA", "SHA256:same"}}};
  keys.change = HostKeyChange{.since = at_noon.wall,
                              .old = {{"ED25519", "SHA256:old"}, {"RSA", "SHA256:same"}}};
  snapshot.host_keys = keys;
  const auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].sees, Sees::hostkey);
  EXPECT_NE(findings[0].summary.find("now ED25519 SHA256:new"), std::string::npos);
  EXPECT_FALSE(findings[0].remedy);
  const auto evaluation = engine::evaluate(snapshot, catalog());
  EXPECT_EQ(evaluation.state, engine::State::warning);
  EXPECT_EQ(evaluation.client.message, "Host key verification failed.");
}

TEST(SshdHostkeyChanged, ATypeThatIsNotUsedAnyMoreIsWorthKnowing) {
  Snapshot snapshot = healthy();
  HostKeys keys;
  keys.compared = true;
  keys.dropped = {{"ED25519", "SHA256:old"}};
  snapshot.host_keys = keys;
  snapshot.ports = {2222};
  snapshot.probe = Unknown{"not asked"};
  const auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_NE(findings[0].summary.find("ED25519 SHA256:old"), std::string::npos);
  EXPECT_NE(findings[0].fix.at(0).find("ssh-keygen -R '[HOST]:2222'"), std::string::npos);
  EXPECT_EQ(engine::evaluate(snapshot, catalog()).state, engine::State::ok);
}

// What could not be looked up does not end what was told.
TEST(SshdHostkeyChanged, EndsByAComparisonAlone) {
  Snapshot snapshot = healthy();
  HostKeys keys;
  keys.compared = true;
  keys.change = HostKeyChange{.since = at_noon.wall, .old = {{"ED25519", "SHA256:old"}}};
  snapshot.host_keys = keys;
  engine::Ledger ledger;
  const auto lines = [&] {
    snapshot.taken.boot += 10s;
    return engine::follow(ledger, engine::evaluate(snapshot, catalog()), {}, snapshot);
  };
  ASSERT_EQ(lines().size(), 1U);
  snapshot.host_keys = Unknown{"they are named on sshd's command line"};
  EXPECT_TRUE(lines().empty());
  snapshot.host_keys = HostKeys{};
  EXPECT_TRUE(lines().empty());
  HostKeys back;
  back.compared = true;
  snapshot.host_keys = back;
  const auto ended = lines();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].kind, engine::Line::Kind::ended);
}

TEST(SshdHostkeyChanged, NoChangeNoWord) {
  Snapshot snapshot = healthy();
  EXPECT_TRUE(run(id, snapshot).empty());
  snapshot.host_keys = HostKeys{};
  EXPECT_TRUE(run(id, snapshot).empty());
}

} // namespace
} // namespace sshguardd::test
