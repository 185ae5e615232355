#include "key_files.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "keys.malformed";
constexpr const char* path = alices_keys;
using State = KeyFile::State;

KeyFile bad(std::uint32_t keys, std::vector<BadKeyLine> lines, State state = State::used,
            std::string where = path) {
  KeyFile file = key_file(state, std::move(where), keys);
  file.bad_lines = static_cast<std::uint32_t>(lines.size());
  file.bad = std::move(lines);
  return file;
}

TEST(KeysMalformed, NobodyGetsInByAKey) {
  const auto findings = run(id, with_files({bad(0, {{3, "key data is cut off"}})}));
  ASSERT_EQ(findings.size(), 1U);
  const Finding& finding = findings[0];
  expect_locked_out(finding);
  EXPECT_EQ(finding.summary, "no key of alice's can be used: "
                             "key data is cut off (/home/alice/.ssh/authorized_keys:3)");
  EXPECT_EQ(finding.fix.front(), "sed -n 3p /home/alice/.ssh/authorized_keys");
  EXPECT_EQ(finding.fix.back(), "ssh-keygen -lf /home/alice/.ssh/authorized_keys");
  ASSERT_EQ(finding.evidence.size(), 1U);
  EXPECT_EQ(finding.evidence[0].what, "/home/alice/.ssh/authorized_keys:3");
  EXPECT_EQ(finding.evidence[0].value, "key data is cut off");
  EXPECT_FALSE(finding.remedy);
}

TEST(KeysMalformed, BesideAKeyItIsWorthKnowing) {
  const std::vector<std::vector<KeyFile>> rows = {
      {bad(1, {{2, "unknown key type"}})},
      {bad(0, {{2, "unknown key type"}}), used_file("/home/alice/.ssh/authorized_keys2")},
      // Right, but refused: that is another finding's matter.
      {bad(0, {{2, "unknown key type"}}),
       key_file(State::refused, "/home/alice/.ssh/authorized_keys2")},
      {bad(3, {{2, "unknown key type"}}, State::unreadable)},
      // Nobody knows what it holds.
      {bad(0, {{2, "unknown key type"}}), unknown_file()},
  };
  for (const auto& files : rows) {
    const auto findings = run(id, with_files(files));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::info);
    EXPECT_EQ(findings[0].sees, Sees::denied);
    EXPECT_EQ(findings[0].summary, "sshd passes over a line of alice's keys: "
                                   "unknown key type (/home/alice/.ssh/authorized_keys:2)");
  }
  EXPECT_EQ(engine::evaluate(with_files(rows[0]), catalog()).state, engine::State::ok);
}

TEST(KeysMalformed, AFileThatIsRefusedTooHasNoKeyEither) {
  const auto findings = run(id, with_files({bad(0, {{1, "key data is cut off"}}, State::refused)}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
}

TEST(KeysMalformed, SeveralFilesAndManyLines) {
  std::vector<BadKeyLine> lines;
  for (std::uint32_t line = 1; line <= 6; ++line)
    lines.push_back({line, "neither a key nor a comment"});
  KeyFile many = bad(1, lines);
  many.bad_lines = 1000;
  const auto findings =
      run(id, with_files({many, bad(0, lines, State::used, "/etc/ssh/keys/alice")}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(findings[0].summary.starts_with("sshd passes over 1006 lines of alice's keys: "));
  ASSERT_EQ(findings[0].evidence.size(), 8U);
  EXPECT_EQ(findings[0].evidence[6].what, "/etc/ssh/keys/alice:1");
}

TEST(KeysMalformed, PathsAreQuoted) {
  const auto findings = run(
      id, with_files({bad(0, {{1, "x"}}, State::used, "/home/a b/'$(reboot)'/authorized_keys")}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].fix.front(), "sed -n 1p '/home/a b/'\\''$(reboot)'\\''/authorized_keys'");
}

TEST(KeysMalformed, NothingToTell) {
  EXPECT_TRUE(run(id, healthy()).empty());
  EXPECT_TRUE(run(id, with_files({used_file(path)})).empty());
  EXPECT_TRUE(run(id, with_files({used_file(path, 0)})).empty()); // empty
  EXPECT_TRUE(run(id, with_files({unknown_file()})).empty());
  Snapshot unknown = healthy();
  unknown.accounts = Unknown{"no answer"};
  EXPECT_TRUE(engine::evaluate(unknown, catalog()).is_unknown(id));
}

TEST(KeysMalformed, NotAllOfManyAccounts) {
  expect_limited(id, bad(1, {{1, "x"}}), bad(0, {{1, "x"}}));
}

} // namespace
} // namespace sshguardd::test
