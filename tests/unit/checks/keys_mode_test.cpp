#include "key_files.hpp"
#include "parse/shell_word.hpp"

#include <algorithm>

namespace sshguardd::test {
namespace {

constexpr const char* id = "keys.mode";

KeyFile refused(const std::string& home, std::uint32_t keys = 2) {
  return {.path = home + "/.ssh/authorized_keys",
          .state = KeyFile::State::refused,
          .object = home,
          .why = "mode 0777",
          .too_open = {home + "/.ssh/authorized_keys", home},
          .mendable = {home + "/.ssh/authorized_keys", home},
          .keys = keys};
}

// Of `keyed` accounts with key files these have trouble.
Snapshot with(std::vector<Account> accounts, std::uint32_t keyed = 3) {
  Snapshot snapshot = healthy();
  const auto open = static_cast<std::uint32_t>(
      std::ranges::count_if(accounts, [](const Account& one) { return !one.files.empty(); }));
  snapshot.accounts =
      Accounts{.accounts = std::move(accounts), .people = keyed, .keyed = keyed, .open = open};
  return snapshot;
}

std::string value(const Finding& finding, std::string_view what) {
  for (const Evidence& one : finding.evidence) {
    if (one.what == what) return one.value;
  }
  return "(none)";
}

TEST(KeysMode, LocksTheAccountOutAndIsMended) {
  const auto findings = run(id, with({account_of("alice", {refused("/home/alice")})}));
  ASSERT_EQ(findings.size(), 1U);
  const Finding& finding = findings[0];
  expect_locked_out(finding);
  EXPECT_EQ(finding.summary, "sshd ignores alice's keys: /home/alice is mode 0777");
  EXPECT_EQ(finding.fix.front(), "chmod go-w /home/alice/.ssh/authorized_keys /home/alice");
  EXPECT_EQ(value(finding, "/home/alice"), "mode 0777");
  EXPECT_EQ(value(finding, "/home/alice/.ssh/authorized_keys"), "others may write to it");
  EXPECT_EQ(value(finding, "key file"), "/home/alice/.ssh/authorized_keys");
  EXPECT_EQ(value(finding, "keys in it"), "2");
  ASSERT_TRUE(finding.remedy);
  const auto& remedy = std::get<ClearKeyMode>(*finding.remedy);
  EXPECT_EQ(remedy.account, "alice");
  EXPECT_EQ(remedy.uid, 1001U);
  EXPECT_EQ(remedy.home, "/home/alice");
  EXPECT_EQ(remedy.paths,
            (std::vector<std::string>{"/home/alice/.ssh/authorized_keys", "/home/alice"}));
  EXPECT_EQ(engine::evaluate(with({account_of("alice", {refused("/home/alice")})}), catalog())
                .client.symptom,
            Sees::denied);
}

TEST(KeysMode, OnlyModesOfFilesWithKeys) {
  KeyFile foreign = refused("/home/a");
  foreign.wrong_owner = true;
  KeyFile unread = refused("/home/a");
  unread.state = KeyFile::State::unreadable;
  KeyFile link = refused("/home/a");
  link.state = KeyFile::State::irregular;
  KeyFile unknown = refused("/home/a");
  unknown.state = KeyFile::State::unknown;
  for (const KeyFile& file :
       {foreign, unread, link, unknown, refused("/home/a", 0), used_file("/home/a/keys")})
    EXPECT_TRUE(run(id, with({account_of("a", {file})})).empty()) << static_cast<int>(file.state);
  EXPECT_TRUE(run(id, healthy()).empty());
}

TEST(KeysMode, WhoGetsInByAnotherFileIsNotLockedOut) {
  // One that nobody could look at may let somebody in, too: no remedy on doubt.
  KeyFile unknown = used_file("/etc/ssh/keys/alice");
  unknown.state = KeyFile::State::unknown;
  for (const KeyFile& other : {used_file("/etc/ssh/keys/alice"), unknown}) {
    const auto findings = run(id, with({account_of("alice", {other, refused("/home/alice")})}));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::info);
    EXPECT_FALSE(findings[0].remedy);
    EXPECT_EQ(findings[0].summary, "sshd ignores /home/alice/.ssh/authorized_keys, one of alice's "
                                   "key files: /home/alice is mode 0777");
  }
  KeyFile empty = used_file("/etc/ssh/keys/alice");
  empty.keys = 0;
  const auto out = run(id, with({account_of("alice", {empty, refused("/home/alice")})}));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].severity, Severity::critical);
  EXPECT_TRUE(out[0].remedy);
}

TEST(KeysMode, HalfOfTheWayIsAPersons) {
  KeyFile behind = refused("/home/alice");
  behind.object = "/tmp";
  behind.why = "mode 1777";
  behind.too_open = {"/tmp/keys", "/tmp", "/home/alice"};
  behind.mendable = {"/home/alice"};
  behind.unmendable = "/tmp is outside of the home";
  const auto findings = run(id, with({account_of("alice", {behind})}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_FALSE(findings[0].remedy);
  EXPECT_EQ(value(findings[0], "left to a person"), "/tmp is outside of the home");
  EXPECT_EQ(findings[0].fix.front(), "chmod go-w /home/alice");
  // Nobody is told to take /tmp from everybody.
  for (const std::string& fix : findings[0].fix)
    EXPECT_TRUE(!fix.starts_with("chmod") || fix.find("/tmp") == std::string::npos) << fix;

  behind.mendable.clear();
  const auto none = run(id, with({account_of("alice", {behind})}));
  EXPECT_TRUE(none[0].fix.front().starts_with("keep ")) << none[0].fix.front();
}

TEST(KeysMode, ASecondFileThatCanBeMendedIs) {
  KeyFile stuck = refused("/home/alice");
  stuck.path += "2";
  stuck.mendable.clear();
  stuck.unmendable = "an access control list is in use";
  const auto findings = run(id, with({account_of("alice", {stuck, refused("/home/alice")})}));
  ASSERT_EQ(findings.size(), 1U);
  ASSERT_TRUE(findings[0].remedy);
  EXPECT_EQ(std::get<ClearKeyMode>(*findings[0].remedy).paths.size(), 2U);
  EXPECT_EQ(value(findings[0], "left to a person"), stuck.unmendable);
  // What both need is named once.
  const auto both =
      run(id, with({account_of("alice", {refused("/home/alice"), refused("/home/alice")})}));
  EXPECT_EQ(std::get<ClearKeyMode>(*both[0].remedy).paths.size(), 2U);
}

TEST(KeysMode, OneFindingForEachAccount) {
  const auto findings = run(id, with({account_of("alice", {refused("/home/alice")}),
                                      account_of("bob", {refused("/home/bob")})},
                                     9));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].subject, "alice");
  EXPECT_EQ(findings[1].subject, "bob");
  EXPECT_TRUE(findings[0].remedy && findings[1].remedy);
}

TEST(KeysMode, SoManyAtOnceAreLeftAlone) {
  struct Row {
    std::uint32_t wrong;
    std::uint32_t keyed;
    bool mass;
  };
  for (const Row& row : {Row{4, 4, false}, Row{5, 5, true}, Row{2, 5, false}, Row{3, 5, true},
                         Row{1, 5, false}, Row{4, 10, false}, Row{5, 10, true}, Row{12, 20, true},
                         Row{1, 10'000, false}, Row{16, 10'000, false}, Row{17, 10'000, true}}) {
    std::vector<Account> accounts;
    for (std::uint32_t at = 0; at < row.wrong; ++at) {
      const std::string name = "user" + std::to_string(at);
      accounts.push_back(account_of(name, {refused("/home/" + name)}));
    }
    const auto findings = run(id, with(accounts, row.keyed));
    if (!row.mass) {
      EXPECT_EQ(findings.size(), row.wrong);
      continue;
    }
    ASSERT_EQ(findings.size(), 1U) << row.wrong << " of " << row.keyed;
    const Finding& finding = findings[0];
    EXPECT_FALSE(finding.remedy);
    EXPECT_EQ(finding.severity, Severity::critical);
    EXPECT_EQ(finding.subject, several_accounts);
    EXPECT_NE(finding.summary.find(std::to_string(row.wrong) + " of " + std::to_string(row.keyed)),
              std::string::npos);
    EXPECT_EQ(finding.evidence.size(), std::min<std::size_t>(row.wrong, 8));
    EXPECT_EQ(finding.fix.size(), 1 + std::min<std::size_t>(row.wrong, 8));
    EXPECT_EQ(finding.fix[1], "chmod go-w /home/user0/.ssh/authorized_keys /home/user0");
  }
}

TEST(KeysMode, HostileNames) {
  const std::string home = "/home/$(reboot)'; rm -rf ~\n\x1b[2J";
  const auto findings = run(id, with({account_of("al'ice\n-rf", {refused(home)})}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].subject, "al'ice\n-rf"); // for the encoder
  EXPECT_EQ(findings[0].fix.front(), "chmod go-w '/home/$(reboot)'\\''; rm -rf ~\n\x1b[2J/.ssh/"
                                     "authorized_keys' '/home/$(reboot)'\\''; rm -rf ~\n\x1b[2J'");
  for (const auto& [text, word] :
       std::vector<std::pair<std::string, std::string>>{{"/home/alice", "/home/alice"},
                                                        {"", "''"},
                                                        {"-R", "'-R'"},
                                                        {"a b", "'a b'"},
                                                        {"~", "'~'"},
                                                        {"*", "'*'"},
                                                        {"a;b", "'a;b'"},
                                                        {"$HOME", "'$HOME'"},
                                                        {"`x`", "'`x`'"},
                                                        {"a'b", "'a'\\''b'"},
                                                        {"\\", "'\\'"},
                                                        {"\xc3\xa9", "'\xc3\xa9'"}})
    EXPECT_EQ(parse::shell_word(text), word);
}

} // namespace
} // namespace sshguardd::test
