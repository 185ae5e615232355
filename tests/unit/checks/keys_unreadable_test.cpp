#include "key_files.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "keys.unreadable";
constexpr const char* path = alices_keys;

KeyFile closed(std::string object = path, std::string where = path, std::uint32_t keys = 1) {
  KeyFile file = key_file(KeyFile::State::unreadable, std::move(where), keys);
  file.object = std::move(object);
  file.why = "mode 0600, owner root: alice may not read it";
  return file;
}

TEST(KeysUnreadable, LocksTheAccountOut) {
  const auto findings = run(id, with_files({closed()}));
  ASSERT_EQ(findings.size(), 1U);
  const Finding& finding = findings[0];
  expect_locked_out(finding);
  EXPECT_EQ(finding.summary,
            "sshd cannot open alice's keys: /home/alice/.ssh/authorized_keys has mode 0600, owner "
            "root: alice may not read it");
  EXPECT_FALSE(finding.remedy);
  EXPECT_EQ(engine::evaluate(with_files({closed()}), catalog()).client.because, id);
}

TEST(KeysUnreadable, TheCommandFitsThePlace) {
  struct Row {
    KeyFile file;
    const char* fix;
  };
  const Row rows[] = {
      {closed(), "chown alice: /home/alice/.ssh/authorized_keys"},
      {closed("/home/alice"), "chown alice: /home/alice"},
      {closed("/etc/ssh/keys/alice", "/etc/ssh/keys/alice"), "chmod a+r /etc/ssh/keys/alice"},
      {closed("/etc/ssh/keys", "/etc/ssh/keys/alice"), "chmod a+x /etc/ssh/keys"},
      {closed("/etc/ssh/ke", "/etc/ssh/keys/alice"), "namei -l /etc/ssh/keys/alice"},
      {closed("/home", path), "chmod a+x /home"},
      {closed("/srv/alice"), "namei -l /home/alice/.ssh/authorized_keys"},
      {closed("/etc/ssh/k's/alice", "/etc/ssh/k's/alice"), "chmod a+r '/etc/ssh/k'\\''s/alice'"},
  };
  for (const Row& row : rows) {
    const auto findings = run(id, with_files({row.file}));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].fix.front(), row.fix);
    EXPECT_TRUE(findings[0].fix.back().starts_with("namei -l "));
  }
}

TEST(KeysUnreadable, WhatIsItsOwnAlreadyNeedsAModeAlone) {
  KeyFile own = closed();
  own.why = "mode 0000, owner alice: alice may not read it";
  EXPECT_EQ(run(id, with_files({own}))[0].fix.front(),
            "chmod u+rX /home/alice/.ssh/authorized_keys");
  EXPECT_EQ(run(id, with_files({closed()}))[0].fix,
            (std::vector<std::string>{"chown alice: /home/alice/.ssh/authorized_keys",
                                      "chmod u+rX /home/alice/.ssh/authorized_keys",
                                      "namei -l /home/alice/.ssh/authorized_keys"}));
}

TEST(KeysUnreadable, WorthKnowingWhereNobodyIsKnownToBeOut) {
  for (const auto& files :
       std::vector<std::vector<KeyFile>>{{closed(), used_file("/etc/ssh/keys/alice")},
                                         {closed(), unknown_file()},
                                         {closed(path, path, 0)}}) {
    const auto findings = run(id, with_files(files));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::info);
  }
}

TEST(KeysUnreadable, OneDirectoryBeforeSeveralFiles) {
  const auto findings =
      run(id, with_files({closed("/home/alice/.ssh"),
                          closed("/home/alice/.ssh", "/home/alice/.ssh/authorized_keys2", 3)}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].evidence.size(), 2U);
  EXPECT_EQ(findings[0].fix.size(), 4U); // one chown, one chmod, two ways
  std::vector<KeyFile> many;
  for (int i = 0; i < 20; ++i)
    many.push_back(closed("/home/alice/.ssh", path + std::to_string(i)));
  EXPECT_EQ(run(id, with_files(many))[0].evidence.size(), 8U);
}

TEST(KeysUnreadable, OnlyThose) {
  expect_only(id, closed());
}

TEST(KeysUnreadable, NotAllOfManyAccounts) {
  expect_limited(id, closed(), closed());
}

} // namespace
} // namespace sshguardd::test
