#include "key_files.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "keys.missing";
constexpr std::int64_t now = 1'795'230'727; // 2026-11-21T03:12:07Z

KeyLoss loss(std::string name = "alice") {
  return {.name = std::move(name),
          .uid = 1001,
          .gone = {{.key = {"ED25519", "SHA256:a"}, .used = now - 3600, .since = now - 60}},
          .since = now - 60,
          .none_in_use = true,
          .got_in = true,
          .paths = {alices_keys, "/home/alice/.ssh/authorized_keys2"}};
}

Snapshot with_losses(std::vector<KeyLoss> losses) {
  Snapshot snapshot = healthy();
  snapshot.accounts = Accounts{.people = 2, .losses = std::move(losses)};
  return snapshot;
}

TEST(KeysMissing, TheFileIsAway) {
  const auto findings = run(id, with_losses({loss()}));
  ASSERT_EQ(findings.size(), 1U);
  expect_locked_out(findings[0]);
  EXPECT_EQ(findings[0].summary,
            "alice has no key any more: /home/alice/.ssh/authorized_keys is not there");
  EXPECT_EQ(findings[0].fix.front(), "put alice's public key there");
  EXPECT_EQ(findings[0].settle, 15s);
  ASSERT_EQ(findings[0].evidence.size(), 4U);
  EXPECT_EQ(findings[0].evidence[0].value,
            "ED25519 SHA256:a, seen 2026-11-21T03:11:07Z, a login 2026-11-21T02:12:07Z");
  EXPECT_EQ(findings[0].evidence[1].value, "not there");
  EXPECT_FALSE(findings[0].remedy);
  EXPECT_TRUE(run("keys.changed", with_losses({loss()})).empty());
}

TEST(KeysMissing, TheFileHoldsNone) {
  KeyLoss one = loss();
  // Its owner can set any time.
  one.files = {{.path = alices_keys, .owner = "bob", .changed = std::int64_t{1} << 62U}};
  const auto findings = run(id, with_losses({one}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(findings[0].summary.ends_with("authorized_keys holds none"));
  EXPECT_EQ(findings[0].evidence[1].value, "written 9999-12-31T23:59:59Z, owner bob");
}

TEST(KeysMissing, HowBadItIs) {
  KeyLoss way = loss();
  way.way = true;
  KeyLoss never = loss();
  never.got_in = false;
  for (const KeyLoss& one : {way, never})
    EXPECT_EQ(run(id, with_losses({one})).at(0).severity, Severity::warning);
  // Nobody has a way in: then it is critical, and the reason.
  Snapshot nobody = with_losses({never});
  change(nobody.accounts, [](Accounts& accounts) { accounts.ways_known = true; });
  EXPECT_EQ(run(id, nobody).at(0).severity, Severity::critical);
  EXPECT_TRUE(engine::explains(id, "account.none"));
}

TEST(KeysMissing, SshdLooksElsewhere) {
  KeyLoss one = loss();
  one.moved = true;
  one.paths = {"/etc/ssh/keys/alice"};
  Snapshot snapshot = with_losses({one});
  EXPECT_EQ(run(id, snapshot).at(0).summary,
            "no key of alice's in /etc/ssh/keys/alice, where sshd looks");
  EXPECT_EQ(run(id, snapshot).at(0).severity, Severity::critical);
  // Not before it has read that.
  change(snapshot.config, [](SshdConfig& config) { config.newest_change_us = wall_us; });
  const auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].when, When::restart);
  EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST(KeysMissing, WithoutARecord) {
  KeyLoss one = loss();
  one.gone.clear();
  EXPECT_EQ(run(id, with_losses({one})).at(0).summary,
            "alice logged in before, and has neither a key nor a password now");
}

TEST(KeysMissing, ItIsNoOthersMatterThen) {
  Account account = account_of("alice", {});
  account.got_in = true;
  account.excluded_by = "PasswordAuthentication";
  account.excluded = "has a password and no key, and PasswordAuthentication is no";
  account.locked = "has a locked password, and no key";
  Snapshot snapshot = with_accounts({account});
  EXPECT_EQ(run("account.excluded", snapshot).size(), 1U);
  EXPECT_EQ(run("account.locked", snapshot).size(), 1U);
  change(snapshot.accounts, [](Accounts& accounts) { accounts.losses = {loss()}; });
  EXPECT_TRUE(run("account.excluded", snapshot).empty());
  EXPECT_TRUE(run("account.locked", snapshot).empty());
  EXPECT_EQ(run(id, snapshot).size(), 1U);
}

// What is known of its keys is nothing: why it is kept out is told where that is known.
TEST(KeysMissing, AnotherFindingSaysWhy) {
  Account account = account_of("alice", {});
  account.got_in = true;
  account.excluded_by = "PasswordAuthentication";
  account.excluded = "has a password and no key, and PasswordAuthentication is no";
  KeyLoss one = loss();
  one.gone.clear();
  Snapshot snapshot = with_accounts({account});
  change(snapshot.accounts, [&](Accounts& accounts) { accounts.losses = {one}; });
  EXPECT_TRUE(run(id, snapshot).empty());
  EXPECT_EQ(run("account.excluded", snapshot).size(), 1U);
  // After a week it is meant, and does not become another finding.
  one = loss();
  one.over = true;
  change(snapshot.accounts, [&](Accounts& accounts) { accounts.losses = {one}; });
  EXPECT_TRUE(run(id, snapshot).empty());
  EXPECT_TRUE(run("account.excluded", snapshot).empty());
}

TEST(KeysMissing, NothingToTell) {
  EXPECT_TRUE(run(id, healthy()).empty());
  KeyLoss one = loss();
  one.left = {{"RSA", "SHA256:b"}};
  EXPECT_TRUE(run(id, with_losses({one})).empty());
  Snapshot unknown = healthy();
  unknown.accounts = Unknown{"no answer"};
  EXPECT_TRUE(engine::evaluate(unknown, catalog()).is_unknown(id));
}

TEST(KeysMissing, NotAllOfManyAccounts) {
  std::vector<KeyLoss> losses;
  for (int i = 0; i < 40; ++i) {
    losses.push_back(loss("user" + std::to_string(i)));
    losses.back().got_in = i >= 38;
  }
  const auto findings = run(id, with_losses(losses));
  ASSERT_EQ(findings.size(), 16U);
  EXPECT_EQ(findings[0].subject, "user38");
  EXPECT_EQ(findings.back().subject, several_accounts);
}

TEST(KeysMissing, ProvisioningMadeItForNobody) {
  const KeyLoss made{.name = "debian", .uid = 1000, .provisioned = true, .paths = {alices_keys}};
  const auto findings = run(id, with_losses({made}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info) << "it may be meant";
  EXPECT_EQ(findings[0].summary,
            "debian, which provisioning made, has neither a key nor a password");
}

} // namespace
} // namespace sshguardd::test
