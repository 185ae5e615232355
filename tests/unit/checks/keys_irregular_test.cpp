#include "key_files.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "keys.irregular";
constexpr const char* path = alices_keys;

KeyFile irregular(std::string why = "is a FIFO", std::string object = path) {
  KeyFile file = key_file(KeyFile::State::irregular, path, 0);
  file.object = std::move(object);
  file.why = std::move(why);
  return file;
}

KeyFile odd() {
  KeyFile file = used_file(path);
  file.odd = "it has 2 names (hard links)";
  return file;
}

TEST(KeysIrregular, LocksTheAccountOut) {
  const auto findings = run(id, with_files({irregular()}));
  ASSERT_EQ(findings.size(), 1U);
  const Finding& finding = findings[0];
  expect_locked_out(finding);
  EXPECT_EQ(finding.summary,
            "sshd does not read alice's keys: /home/alice/.ssh/authorized_keys is a FIFO");
  EXPECT_EQ(finding.fix.front(), "ls -ld /home/alice/.ssh/authorized_keys");
  EXPECT_EQ(finding.evidence.front().what, path);
  EXPECT_FALSE(finding.remedy);
  const auto no_directory =
      run(id, with_files({irregular("what should be its directory is none")}));
  ASSERT_EQ(no_directory.size(), 1U);
  EXPECT_EQ(no_directory[0].summary, "sshd does not read alice's keys: "
                                     "/home/alice/.ssh/authorized_keys: what should be its "
                                     "directory is none");
}

TEST(KeysIrregular, WorthKnowingWhereNobodyIsKnownToBeOut) {
  const std::string other = "/home/alice/.ssh/authorized_keys2";
  for (const auto& files :
       std::vector<std::vector<KeyFile>>{{irregular(), used_file(other)},
                                         {irregular(), unknown_file()},
                                         // What keeps sshd from that one is told by itself.
                                         {irregular(), key_file(KeyFile::State::refused, other)},
                                         {irregular("is a character device", "/dev/null")}}) {
    const auto findings = run(id, with_files(files));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::info);
    EXPECT_EQ(findings[0].sees, Sees::denied);
  }
  const auto off = run(id, with_files({irregular("is a character device", "/dev/null")}));
  EXPECT_EQ(off[0].summary, "sshd does not read /home/alice/.ssh/authorized_keys of alice, which "
                            "holds no key: /dev/null is a character device");
  // A file without keys lets nobody in.
  EXPECT_EQ(run(id, with_files({irregular(), used_file(other, 0)}))[0].severity,
            Severity::critical);
}

TEST(KeysIrregular, WhatSshdReadsAllTheSame) {
  const auto findings = run(id, with_files({odd()}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].sees, Sees::none);
  EXPECT_EQ(findings[0].summary, "alice's key file /home/alice/.ssh/authorized_keys is odd: it has "
                                 "2 names (hard links)");
  EXPECT_EQ(findings[0].fix.front(), "stat /home/alice/.ssh/authorized_keys");
  // One for the account: the worse of the two.
  const auto both = run(id, with_files({odd(), irregular()}));
  ASSERT_EQ(both.size(), 1U);
  EXPECT_EQ(both[0].severity, Severity::info);
  EXPECT_EQ(both[0].sees, Sees::denied);
}

TEST(KeysIrregular, OnlyThose) {
  expect_only(id, irregular());
}

TEST(KeysIrregular, NotAllOfManyAccounts) {
  expect_limited(id, irregular(), irregular());
}

} // namespace
} // namespace sshguardd::test
