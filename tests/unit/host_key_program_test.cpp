#include "host/key_program.hpp"
#include "host/key_tokens.hpp"
#include "host/signature.hpp"
#include "public_keys.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace sshguardd::host {
namespace {

using State = engine::KeysCommand::State;

// ssh-keygen -s ca -I 'the id' -n alice -z 7
const std::string signed_key =
    "ssh-ed25519-cert-v01@openssh.com "
    "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAID8ZxpoIQVfZxPUbRjlB6o1NccFjdiIqQpKR"
    "WkRn4O+2AAAAIIip1528YSLQt5ZJPTjWRha5L4/xEn0KZKS1yF4FXyTGAAAAAAAAAAcAAAABAAAABnRoZSBpZAAA"
    "AAkAAAAFYWxpY2UAAAAAAAAAAP//////////AAAAAAAAAIIAAAAVcGVybWl0LVgxMS1mb3J3YXJkaW5nAAAAAAAA"
    "ABdwZXJtaXQtYWdlbnQtZm9yd2FyZGluZwAAAAAAAAAWcGVybWl0LXBvcnQtZm9yd2FyZGluZwAAAAAAAAAKcGVy"
    "bWl0LXB0eQAAAAAAAAAOcGVybWl0LXVzZXItcmMAAAAAAAAAAAAAADMAAAALc3NoLWVkMjU1MTkAAAAg/vfk0Pbf"
    "X5HIk3pvzc5LixsvixnALsNjlfn++Ca1bjMAAABTAAAAC3NzaC1lZDI1NTE5AAAAQGwGow6yuLEgM76/NqdYjhkv"
    "wLTCC2gfcdjQwxaysVgZIR0iPSskoXhgkRiMCKhuDJ87TPqhtGr52hSVRvp1Ewg=";

const parse::PasswdEntry alice{
    .name = "alice", .uid = 1000, .gid = 1000, .home = "/home/alice", .shell = {}};

TEST(KeyProgram, is_refused_or_unknown_for_a_reason) {
  struct Row {
    const char* command;
    const char* user;
    State state;
    const char* why;
  };
  const Row rows[] = {
      {"/bin/echo", "", State::refused, "LabCommandUser is not set"},
      {"/bin/echo", "%h", State::refused, "LabCommandUser knows %u alone"},
      {"/bin/echo", "nobody-here", State::refused,
       "LabCommandUser: there is no account nobody-here"},
      {"/bin/echo", "hangs", State::unknown, "LabCommandUser hangs: no answer"},
      {"/bin/echo \"x", "keys", State::refused, "its quotes are not closed"},
      {"/bin/echo %Z", "keys", State::refused, "sshd knows no %Z here"},
      {"/bin/echo %C", "%u", State::unknown, "nobody knows C"},
  };
  const std::vector<parse::PasswdEntry> accounts{alice};
  const parse::Groups groups{{}};
  const parse::SafePath strict{false, accounts, groups};
  const FindPerson find = [](const std::string& name) -> Fact<std::optional<Person>> {
    if (name == "hangs") return Unknown{"no answer"};
    if (name == "keys" || name == "alice")
      return std::optional{Person{.entry = {.name = name, .uid = 1000}, .groups = {}}};
    return std::optional<Person>{};
  };
  for (const Row& row : rows) {
    const KeyProgramAnswer answer = run_key_program(
        {.setting = "LabCommand",
         .command = row.command,
         .user = row.user,
         .letters = "uC",
         .token = [](char letter) { return Unknown{std::string{"nobody knows "} + letter}; }},
        alice, find, strict);
    EXPECT_EQ(answer.told.state, row.state) << row.command;
    EXPECT_EQ(answer.told.why, row.why) << row.command;
    EXPECT_TRUE(answer.text.empty());
  }
}

TEST(KeyTokens, stand_for_the_account_the_key_and_who_signed_it) {
  const std::size_t blank = signed_key.find(' ');
  const auto certificate =
      parse::certificate(signed_key.substr(0, blank), signed_key.substr(blank + 1));
  ASSERT_TRUE(certificate) << certificate.why();
  const parse::AccessSettings settings{.port = "22"};
  const std::string nothing;
  SshdVersion version{{}};
  const KeyTokens tokens{alice, settings, signed_key, &*certificate, nothing, version};
  EXPECT_EQ(*tokens.value('u'), "alice");
  EXPECT_EQ(*tokens.value('U'), "1000");
  EXPECT_EQ(*tokens.value('h'), "/home/alice");
  EXPECT_EQ(*tokens.value('t'), "ssh-ed25519-cert-v01@openssh.com");
  EXPECT_EQ(*tokens.value('k'), signed_key.substr(blank + 1));
  EXPECT_EQ(*tokens.value('T'), "ssh-ed25519");
  EXPECT_TRUE(tokens.value('K')->starts_with("AAAAC3NzaC1lZDI1NTE5"));
  EXPECT_EQ(*tokens.value('i'), "the id");
  EXPECT_EQ(*tokens.value('s'), "7");
  EXPECT_FALSE(tokens.value('C')) << "which sshd it is, is not known";
  EXPECT_FALSE(tokens.value('Z'));
  EXPECT_EQ(tokens.letters("/bin/x %u"), "uUhtkfTKFis");
  EXPECT_EQ(tokens.letters("/bin/x %C"), "uUhtkfTKFisCD");

  const KeyTokens keyless{alice, settings, nothing, nullptr, nothing, version};
  EXPECT_EQ(keyless.letters("/bin/x"), "uUhtkf");
  EXPECT_EQ(*keyless.value('u'), "alice");
  EXPECT_FALSE(keyless.value('k'));
}

TEST(Signature, is_genuine_or_is_not) {
  if (access("/usr/bin/ssh-keygen", X_OK) != 0) GTEST_SKIP() << "no ssh-keygen";
  EXPECT_TRUE(*signature_is_genuine(signed_key));
  std::string forged = signed_key;
  char& letter = forged[forged.size() - 8];
  letter = letter == 'A' ? 'B' : 'A';
  const auto told = signature_is_genuine(forged);
  ASSERT_TRUE(told) << told.why();
  EXPECT_FALSE(*told);
  EXPECT_FALSE(signature_is_genuine(test::ed25519_key)) << "no certificate";
}

} // namespace
} // namespace sshguardd::host
