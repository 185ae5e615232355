#include "key_files.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "keys.changed";
constexpr std::int64_t now = 1'795'230'727; // 2026-11-21T03:12:07Z

KeyLoss loss() {
  return {.name = "alice",
          .uid = 1001,
          .gone = {{.key = {"ED25519", "SHA256:a"}, .since = now}},
          .left = {{"RSA", "SHA256:b"}},
          .since = now,
          .got_in = true,
          .paths = {alices_keys},
          .files = {{.path = alices_keys, .owner = "alice", .changed = now - 1}}};
}

std::vector<Finding> told(const KeyLoss& one) {
  Snapshot snapshot = healthy();
  snapshot.accounts = Accounts{.people = 2, .losses = {one}};
  return run(id, snapshot);
}

TEST(KeysChanged, IsWorthKnowing) {
  const auto findings = told(loss());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].subject, "alice");
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].summary, "a key of alice's is gone: ED25519 SHA256:a");
  EXPECT_EQ(findings[0].settle, 10s);
  ASSERT_EQ(findings[0].evidence.size(), 3U);
  EXPECT_EQ(findings[0].evidence[0].value,
            "ED25519 SHA256:a, seen 2026-11-21T03:12:07Z, no login with it is known");
  EXPECT_EQ(findings[0].evidence[1].value, "written 2026-11-21T03:12:06Z, owner alice");
  EXPECT_EQ(findings[0].evidence[2].value, "RSA SHA256:b");
  EXPECT_FALSE(findings[0].remedy);
}

TEST(KeysChanged, NoneThatIsLeftWasUsed) {
  KeyLoss one = loss();
  one.none_in_use = true;
  one.gone.push_back({.key = {"RSA", "SHA256:c"}, .used = now - 60, .since = now});
  const auto findings = told(one);
  ASSERT_EQ(findings.size(), 1U);
  expect_locked_out(findings[0]);
  EXPECT_EQ(findings[0].summary, "the key that alice uses is gone: SHA256:c");
  EXPECT_EQ(findings[0].fix.front(), "log in with another, or put it back");
  one.way = true; // keys may come from elsewhere
  EXPECT_EQ(told(one).at(0).severity, Severity::warning);
}

TEST(KeysChanged, BeforeSshdHasReadIt) {
  KeyLoss one = loss();
  one.none_in_use = one.moved = true;
  Snapshot snapshot = healthy();
  snapshot.accounts = Accounts{.losses = {one}};
  EXPECT_EQ(run(id, snapshot).at(0).when, When::now);
  change(snapshot.config, [](SshdConfig& config) { config.newest_change_us = wall_us; });
  EXPECT_EQ(run(id, snapshot).at(0).when, When::restart);
  EXPECT_EQ(run(id, snapshot).at(0).severity, Severity::warning);
}

TEST(KeysChanged, Many) {
  KeyLoss one = loss();
  for (int i = 0; i < 60; ++i) {
    one.gone.push_back({.key = {"RSA", "SHA256:" + std::to_string(i)}, .since = now});
    one.left.push_back({"RSA", "SHA256:x" + std::to_string(i)});
  }
  const auto findings = told(one);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary, "61 keys of alice's are gone: ED25519 SHA256:a and others");
  EXPECT_LE(findings[0].evidence.size(), 16U);
  EXPECT_TRUE(findings[0].evidence[7].value.ends_with(", and 53 more"));
}

TEST(KeysChanged, NothingToTell) {
  EXPECT_TRUE(run(id, healthy()).empty());
  KeyLoss none = loss();
  none.left.clear(); // keys.missing
  EXPECT_TRUE(told(none).empty());
  Snapshot unknown = healthy();
  unknown.accounts = Unknown{"no answer"};
  EXPECT_TRUE(engine::evaluate(unknown, catalog()).is_unknown(id));
}

} // namespace
} // namespace sshguardd::test
