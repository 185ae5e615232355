#include "key_files.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "keys.owner";
constexpr const char* path = alices_keys;

KeyFile foreign(std::uint32_t keys = 2, std::string object = "/home/alice/.ssh",
                std::string where = path) {
  KeyFile file = key_file(KeyFile::State::refused, std::move(where), keys);
  file.object = std::move(object);
  file.why = "owner bob";
  file.wrong_owner = true;
  return file;
}

TEST(KeysOwner, LocksTheAccountOut) {
  const auto findings = run(id, with_files({foreign()}));
  ASSERT_EQ(findings.size(), 1U);
  const Finding& finding = findings[0];
  expect_locked_out(finding);
  EXPECT_EQ(finding.summary, "sshd ignores alice's keys: /home/alice/.ssh has owner bob");
  EXPECT_EQ(finding.fix, std::vector<std::string>{"chown alice: /home/alice/.ssh"});
  ASSERT_EQ(finding.evidence.size(), 1U);
  EXPECT_EQ(finding.evidence[0].what, path);
  EXPECT_EQ(finding.evidence[0].value, "/home/alice/.ssh has owner bob; keys in it: 2");
  EXPECT_FALSE(finding.remedy);
  EXPECT_EQ(engine::evaluate(with_files({foreign()}), catalog()).client.because, id);
}

TEST(KeysOwner, WorthKnowingWhereNobodyIsKnownToBeOut) {
  const std::string mine = "sshd ignores /home/alice/.ssh/authorized_keys of alice";
  const std::string wrong = ": /home/alice/.ssh has owner bob";
  const std::pair<std::vector<KeyFile>, std::string> rows[] = {
      {{foreign(), used_file("/etc/ssh/keys/alice")}, mine + " (another file may let it in)"},
      {{foreign(), unknown_file()}, mine + " (another file may let it in)"},
      {{foreign(0)}, mine + ", which holds no key"},
  };
  for (const auto& [files, summary] : rows) {
    const auto findings = run(id, with_files(files));
    ASSERT_EQ(findings.size(), 1U) << summary;
    EXPECT_EQ(findings[0].severity, Severity::info) << summary;
    EXPECT_EQ(findings[0].summary, summary + wrong);
  }
  // A file without a key lets nobody in.
  const auto findings = run(id, with_files({foreign(), used_file("/etc/ssh/keys/alice", 0)}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
}

TEST(KeysOwner, NobodyIsToldToTakeWhatIsAnothers) {
  const auto linked = run(id, with_files({foreign(1, "/home/bob/.ssh")}));
  ASSERT_EQ(linked.size(), 1U);
  EXPECT_EQ(linked[0].severity, Severity::critical);
  EXPECT_EQ(linked[0].fix.front(), "namei -l /home/alice/.ssh/authorized_keys");
  // It only begins with the home's name.
  const auto near = run(id, with_files({foreign(1, "/home/alice2")}));
  ASSERT_EQ(near.size(), 1U);
  EXPECT_EQ(near[0].fix.front(), "namei -l /home/alice/.ssh/authorized_keys");
  const auto home = run(id, with_files({foreign(1, "/home/alice")}));
  ASSERT_EQ(home.size(), 1U);
  EXPECT_EQ(home[0].fix.front(), "chown alice: /home/alice");
}

TEST(KeysOwner, WordsAreQuoted) {
  Account account = account_of("-R", {foreign(1, "/home/-R/.ssh/a'b")});
  account.home = "/home/-R";
  const auto findings = run(id, with_accounts({account}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].subject, "-R");
  EXPECT_EQ(findings[0].fix.front(), "chown 1001: '/home/-R/.ssh/a'\\''b'");
}

TEST(KeysOwner, SeveralFiles) {
  KeyFile open = foreign(1, "/home/alice", "/home/alice/.ssh/authorized_keys2");
  open.mendable = {"/home/alice"};
  const auto findings = run(id, with_files({foreign(0), open, foreign(1)}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].evidence.size(), 3U);
  // What the summary names comes first, each command once.
  EXPECT_EQ(findings[0].summary, "sshd ignores alice's keys: /home/alice has owner bob");
  EXPECT_EQ(findings[0].fix,
            (std::vector<std::string>{"chown alice: /home/alice", "chmod go-w /home/alice",
                                      "chown alice: /home/alice/.ssh"}));
}

TEST(KeysOwner, OnlyOwners) {
  KeyFile mode = foreign();
  mode.wrong_owner = false;
  KeyFile unread = foreign();
  unread.state = KeyFile::State::unreadable;
  for (const auto& files :
       std::vector<std::vector<KeyFile>>{{mode}, {unread}, {used_file(path)}, {unknown_file()}, {}})
    EXPECT_TRUE(run(id, with_files(files)).empty());
  EXPECT_TRUE(run(id, healthy()).empty());
}

TEST(KeysOwner, NotAllOfManyAccounts) {
  expect_limited(id, foreign(), foreign());
}

} // namespace
} // namespace sshguardd::test
