#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "sshd.hostkey-permissions";
constexpr const char* ed25519 = "/etc/ssh/ssh_host_ed25519_key";
constexpr const char* rsa = "/etc/ssh/ssh_host_rsa_key";

HostKey key(std::string path, std::uint32_t mode, std::uint32_t owner = 0) {
  return {.path = std::move(path),
          .exists = true,
          .regular = true,
          .size = 400,
          .owner = owner,
          .mode = mode};
}

// What sshd says of these keys.
Snapshot open(Snapshot snapshot, std::vector<HostKey> keys, const std::vector<std::string>& named,
              bool all, bool reread = false) {
  change(snapshot.config_test, [&](ConfigTest& test) {
    test.passed = !all;
    test.no_hostkeys = all;
    for (const std::string& path : named)
      test.keys.push_back({path, 0, "Permissions 0640 for '" + path + "' are too open"});
  });
  snapshot.host_keys = HostKeys{.keys = std::move(keys), .reread = reread, .change = {}};
  return snapshot;
}

TEST(SshdHostkeyPermissions, OneOfSeveral) {
  const std::vector<HostKey> keys{key(ed25519, 0640), key(rsa, 0600)};
  const auto split = run(id, open(healthy(), keys, {ed25519}, false));
  ASSERT_EQ(split.size(), 1U);
  EXPECT_EQ(split[0].severity, Severity::warning);
  EXPECT_EQ(split[0].when, When::restart);
  EXPECT_EQ(split[0].sees, Sees::hostkey);
  EXPECT_EQ(split[0].subject, ed25519);
  ASSERT_TRUE(split[0].remedy);
  EXPECT_EQ(std::get<ClearHostKeyMode>(*split[0].remedy).paths, std::vector<std::string>{ed25519});
  const auto old = run(id, open(healthy(), keys, {ed25519}, false, true));
  ASSERT_EQ(old.size(), 1U);
  EXPECT_EQ(old[0].severity, Severity::warning);
  EXPECT_EQ(old[0].when, When::now);
}

TEST(SshdHostkeyPermissions, AllOfThemAreTheCauseOfNoneLeft) {
  const std::vector<HostKey> keys{key(ed25519, 0640), key(rsa, 0644)};
  const Snapshot snapshot = open(failed_at_start_limit(), keys, {ed25519, rsa}, true);
  const auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].sees, Sees::refused);
  EXPECT_EQ(std::get<ClearHostKeyMode>(*findings[0].remedy).paths.size(), 2U);
  const auto evaluation = engine::evaluate(snapshot, catalog());
  ASSERT_NE(evaluation.find("sshd.hostkeys-missing"), nullptr);
  EXPECT_EQ(evaluation.find("sshd.hostkeys-missing")->root, id);
  EXPECT_EQ(evaluation.find("sshd.failed")->root, id);
}

TEST(SshdHostkeyPermissions, WhatTheAgentCannotMendIsAPersons) {
  HostKey linked = key(ed25519, 0640);
  linked.unmendable = "/etc/ssh: not a directory of root's alone";
  const auto some = run(id, open(healthy(), {linked, key(rsa, 0640)}, {ed25519, rsa}, true));
  ASSERT_EQ(some.size(), 1U);
  ASSERT_TRUE(some[0].remedy);
  EXPECT_EQ(std::get<ClearHostKeyMode>(*some[0].remedy).paths, std::vector<std::string>{rsa});
  EXPECT_EQ(some[0].fix.size(), 2U);
  const auto none = run(id, open(healthy(), {linked}, {ed25519}, true));
  ASSERT_EQ(none.size(), 1U);
  EXPECT_FALSE(none[0].remedy);
  EXPECT_EQ(none[0].evidence.back().value, linked.unmendable);
}

TEST(SshdHostkeyPermissions, AllOfThemUnderALivingSshd) {
  const std::vector<HostKey> keys{key(ed25519, 0640)};
  const auto old = run(id, open(healthy(), keys, {ed25519}, true, true));
  ASSERT_EQ(old.size(), 1U);
  EXPECT_EQ(old[0].severity, Severity::critical);
  EXPECT_EQ(old[0].sees, Sees::reset);
  const auto split = run(id, open(healthy(), keys, {ed25519}, true));
  ASSERT_EQ(split.size(), 1U);
  EXPECT_EQ(split[0].severity, Severity::warning);
  EXPECT_EQ(split[0].when, When::restart);
  EXPECT_EQ(split[0].sees, Sees::refused);
}

TEST(SshdHostkeyPermissions, OnlyWhatSshdComplainsAbout) {
  // Red Hat's ssh_keys group: this sshd accepts it.
  HostKey red_hat = key(ed25519, 0640);
  red_hat.group = 998;
  EXPECT_TRUE(run(id, open(healthy(), {red_hat}, {}, false)).empty());
  // Somebody else's file, mode 0777: accepted by sshd, not judged here.
  EXPECT_TRUE(run(id, open(healthy(), {key(ed25519, 0777, 65534)}, {}, false)).empty());
  // Mended since.
  EXPECT_TRUE(run(id, open(healthy(), {key(ed25519, 0600)}, {ed25519}, false)).empty());
  // Said of a file that is no configured key.
  EXPECT_TRUE(run(id, open(healthy(), {key(ed25519, 0640)}, {"/etc/shadow"}, false)).empty());
  EXPECT_TRUE(run(id, healthy()).empty());
}

TEST(SshdHostkeyPermissions, AKeyThatDoesNotLoadForAnotherReason) {
  Snapshot snapshot = open(healthy(), {key(ed25519, 0640)}, {}, false);
  change(snapshot.config_test, [](ConfigTest& test) {
    test.keys = {{ed25519, 0, "Unable to load host key \"/p\": invalid format"}};
  });
  EXPECT_TRUE(run(id, snapshot).empty());
}

} // namespace
} // namespace sshguardd::test
