#include "key_files.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "keys.rejected";
using State = KeyFile::State;

KeyFile rejecting(std::uint32_t keys, std::vector<BadKeyLine> lines, State state = State::used,
                  std::string where = alices_keys) {
  KeyFile file = key_file(state, std::move(where), keys);
  file.rejected = static_cast<std::uint32_t>(lines.size());
  file.rejects = std::move(lines);
  return file;
}

TEST(KeysRejected, NobodyGetsInByAKey) {
  const auto findings =
      run(id, with_files({rejecting(2, {{1, "RSA key of 1024 bits: RequiredRSASize is 2048"},
                                        {2, "it is revoked by /etc/ssh/revoked"}})}));
  ASSERT_EQ(findings.size(), 1U);
  expect_locked_out(findings[0]);
  EXPECT_EQ(findings[0].summary,
            "sshd takes no key of alice's: RSA key of 1024 bits: RequiredRSASize is 2048 "
            "(/home/alice/.ssh/authorized_keys:1)");
  ASSERT_EQ(findings[0].evidence.size(), 2U);
  EXPECT_EQ(findings[0].evidence[1].what, "/home/alice/.ssh/authorized_keys:2");
  EXPECT_EQ(findings[0].fix.front(), "sshguardctl access alice");
  EXPECT_FALSE(findings[0].remedy);
}

TEST(KeysRejected, BesideAKeyItIsWorthKnowing) {
  const BadKeyLine over{1, "expiry-time= is over since 2026-01-01T00:00:00Z"};
  const std::vector<std::vector<KeyFile>> rows = {
      {rejecting(2, {over})},
      {rejecting(1, {over}), used_file("/home/alice/.ssh/authorized_keys2")},
      {rejecting(1, {over}), unknown_file()}, // nobody knows what that one holds
  };
  for (const auto& files : rows) {
    const auto findings = run(id, with_files(files));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::info);
    EXPECT_TRUE(findings[0].summary.starts_with("sshd refuses a key of alice's: expiry-time="));
  }
  EXPECT_EQ(engine::evaluate(with_files(rows[0]), catalog()).state, engine::State::ok);
}

TEST(KeysRejected, AllExpireSoon) {
  constexpr std::int64_t now = 1'795'230'727; // 2026-11-21T03:12:07Z
  constexpr std::int64_t a_day = 86'400;
  const auto ending = [](std::int64_t in, std::vector<KeyFile> files) {
    Account account = account_of("alice", std::move(files));
    account.got_in = true;
    account.keys_end = now + in;
    account.keys_end_at = std::string{alices_keys} + ":3";
    return run(id, with_accounts({account}));
  };
  const auto findings = ending(6 * a_day, {used_file(alices_keys)});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].when, When::soon);
  EXPECT_EQ(findings[0].sees, Sees::denied);
  EXPECT_EQ(findings[0].summary,
            "alice's keys expire by 2026-11-27: /home/alice/.ssh/authorized_keys:3");
  EXPECT_TRUE(ending(8 * a_day, {used_file(alices_keys)}).empty());
  EXPECT_TRUE(ending(-1, {used_file(alices_keys)}).empty()) << "to be read again";
  // One that is refused already is part of it: an account has one finding.
  const auto both = ending(a_day, {rejecting(2, {{1, "RSA key of 1024 bits"}})});
  ASSERT_EQ(both.size(), 1U);
  EXPECT_EQ(both[0].when, When::soon);
  EXPECT_EQ(both[0].evidence.size(), 2U);
}

TEST(KeysRejected, NothingToTell) {
  EXPECT_TRUE(run(id, healthy()).empty());
  EXPECT_TRUE(run(id, with_files({used_file(alices_keys)})).empty());
  // sshd does not come to read it: that is another finding's matter.
  EXPECT_TRUE(run(id, with_files({rejecting(1, {{1, "x"}}, State::refused)})).empty());
  Snapshot unknown = healthy();
  unknown.accounts = Unknown{"no answer"};
  EXPECT_TRUE(engine::evaluate(unknown, catalog()).is_unknown(id));
}

TEST(KeysRejected, NotAllOfManyAccounts) {
  expect_limited(id, rejecting(2, {{1, "x"}}), rejecting(1, {{1, "x"}}));
}

} // namespace
} // namespace sshguardd::test
