#include "engine/access.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace sshguardd::engine {
namespace {

using Answer = Access::Answer;
using Result = AccessStep::Result;

// Alice, with a key, on a machine as clouds make them.
AccessFacts usual() {
  AccessFacts facts{.user = "alice"};
  facts.rules = LoginRules{.passwords = false, .use_pam = true};
  facts.account = Account{.name = "alice", .uid = 1000, .gid = 1000, .home = "/home/alice"};
  facts.account->files = {
      {.path = "/home/alice/.ssh/authorized_keys", .state = KeyFile::State::used, .keys = 1}};
  facts.shell = "/bin/bash";
  facts.keys = {{.place = "/home/alice/.ssh/authorized_keys:1", .type = "ssh-ed25519"}};
  facts.standing = parse::Standing{.password = parse::Bar::no_password};
  return facts;
}

LoginRules& rules(AccessFacts& facts) {
  LoginRules changed = *facts.rules;
  facts.rules = changed;
  return const_cast<LoginRules&>(*facts.rules);
}

TEST(Access, what_mends_an_sshd_that_is_down_is_said) {
  AccessFacts facts = usual();
  facts.sshd_asked = true;
  facts.sshd_said = "ssh.service is stopped";
  EXPECT_EQ(access(facts).steps[0].fix, std::vector<std::string>{"sshguardctl status"});
  facts.sshd_fix = "systemctl start ssh.service";
  const Access down = access(facts);
  EXPECT_EQ(down.steps[0].says, "does not answer: ssh.service is stopped");
  EXPECT_EQ(down.steps[0].fix, std::vector<std::string>{"systemctl start ssh.service"});
}

// passwd -u and usermod -U change nothing where the "!" has nothing behind it.
TEST(Access, a_lock_is_taken_away_by_what_works) {
  AccessFacts facts = usual();
  rules(facts).use_pam = false;
  const auto fix = [&](bool bare) {
    facts.standing = parse::Standing{.key = parse::Bar::locked, .bare_lock = bare};
    const Access told = access(facts);
    const auto step = std::ranges::find(told.steps, "lock", &AccessStep::name);
    return step == told.steps.end() || step->fix.empty() ? "" : step->fix[0];
  };
  EXPECT_EQ(fix(false), "passwd -u alice");
  EXPECT_EQ(fix(true), "usermod -p '*' alice");
}

TEST(Access, each_step_can_be_in_the_way) {
  struct {
    const char* what;
    std::function<void(AccessFacts&)> change;
    Answer answer;
    const char* blocked; // or by what it gets in
  } const cases[] = {
      {"nothing", [](AccessFacts&) {}, Answer::in, "key"},
      {"sshd is down", [](AccessFacts& f) { f.sshd_asked = true; }, Answer::out, "sshd"},
      {"sshd answers", [](AccessFacts& f) { f.sshd_asked = f.sshd_alive = true; }, Answer::in,
       "key"},
      {"no such account", [](AccessFacts& f) { f.account.reset(); }, Answer::out, "account"},
      {"... in the files, and LDAP hangs",
       [](AccessFacts& f) {
         f.account.reset();
         f.account_unknown = "no answer";
       },
       Answer::unknown, "account"},
      {"sshd says nothing of its settings", [](AccessFacts& f) { f.rules = Unknown{"no answer"}; },
       Answer::unknown, "configuration"},
      {"AllowUsers",
       [](AccessFacts& f) {
         f.exclusion = {"AllowUsers", "is not in AllowUsers"};
       },
       Answer::out, "rules"},
      {"the shell is gone", [](AccessFacts& f) { f.shell_state = ShellState::missing; },
       Answer::out, "shell"},
      {"... which a chroot does not ask for",
       [](AccessFacts& f) {
         f.shell_state = ShellState::missing;
         rules(f).chroot_directory = "/srv";
       },
       Answer::in, "key"},
      {"a shell that says goodbye",
       [](AccessFacts& f) { f.shell_state = ShellState::says_goodbye; }, Answer::out, "shell"},
      {"... of somebody who has sftp alone",
       [](AccessFacts& f) {
         f.shell_state = ShellState::says_goodbye;
         rules(f).force_command = "internal-sftp -l INFO";
       },
       Answer::in, "key"},
      {"PubkeyAuthentication no", [](AccessFacts& f) { rules(f).keys = false; }, Answer::out,
       "keys"},
      {"RevokedKeys is gone", [](AccessFacts& f) { f.revoked_unreadable = true; }, Answer::out,
       "revoked"},
      {"RevokedKeys is a KRL", [](AccessFacts& f) { f.revoked_unknown = "a KRL"; }, Answer::unknown,
       "revoked"},
      {"the key is revoked by one", [](AccessFacts& f) { f.revoked = "/etc/ssh/krl"; }, Answer::out,
       "revoked"},
      {"StrictModes",
       [](AccessFacts& f) {
         f.account->files[0].state = KeyFile::State::refused;
         f.account->files[0].object = "/home/alice";
         f.account->files[0].why = "mode 0777";
         f.keys.clear();
       },
       Answer::out, "key file"},
      {"... and nobody could look at the other file",
       [](AccessFacts& f) {
         f.account->files[0].state = KeyFile::State::unknown;
         f.keys.clear();
       },
       Answer::unknown, "key file"},
      {"... but another file has a key",
       [](AccessFacts& f) { f.account->files.push_back({.state = KeyFile::State::unknown}); },
       Answer::in, "key"},
      {"the key is in a file that sshd does not read",
       [](AccessFacts& f) { f.keys[0].unread = true; }, Answer::out, "key"},
      {"no key", [](AccessFacts& f) { f.keys.clear(); }, Answer::out, "key"},
      {"no key here, but a program has some",
       [](AccessFacts& f) {
         f.keys.clear();
         rules(f).keys_command = "/usr/bin/keys";
       },
       Answer::unknown, "keys elsewhere"},
      {"... which prints this one",
       [](AccessFacts& f) {
         f.keys = {{.place = "AuthorizedKeysCommand:1", .type = "ssh-ed25519"}};
         f.keys_command = {.state = KeysCommand::State::asked, .keys = 1};
         rules(f).keys_command = "/usr/bin/keys";
       },
       Answer::in, "key"},
      {"... which prints none",
       [](AccessFacts& f) {
         f.keys.clear();
         f.keys_command.state = KeysCommand::State::asked;
         rules(f).keys_command = "/usr/bin/keys";
       },
       Answer::out, "key"},
      {"... which sshd does not run",
       [](AccessFacts& f) {
         f.keys.clear();
         f.keys_command = {.state = KeysCommand::State::refused, .why = "/usr/bin has mode 0777"};
         rules(f).keys_command = "/usr/bin/keys";
       },
       Answer::out, "keys command"},
      {"... which hangs",
       [](AccessFacts& f) {
         f.keys.clear();
         f.keys_command = {.state = KeysCommand::State::unknown, .why = "no answer"};
         rules(f).keys_command = "/usr/bin/keys";
       },
       Answer::unknown, "keys command"},
      {"... which hangs, and a file has the key",
       [](AccessFacts& f) { f.keys_command.state = KeysCommand::State::unknown; }, Answer::in,
       "key"},
      {"a certificate",
       [](AccessFacts& f) {
         f.certificate = {.says = "key ID \"x\""};
         f.keys = {{.place = "TrustedUserCAKeys /etc/ssh/ca"}};
       },
       Answer::in, "key"},
      {"a certificate that has expired",
       [](AccessFacts& f) {
         f.certificate = {.says = "key ID \"x\"", .why = "it has expired"};
         f.keys = {{.place = "TrustedUserCAKeys /etc/ssh/ca"}};
       },
       Answer::out, "certificate"},
      {"a certificate that nobody trusts",
       [](AccessFacts& f) {
         f.certificate = {.says = "key ID \"x\""};
         f.keys.clear();
       },
       Answer::out, "key"},
      {"a certificate that is forged",
       [](AccessFacts& f) {
         f.certificate = {.says = "key ID \"x\"", .why = "its signature is forged"};
       },
       Answer::out, "certificate"},
      {"a certificate that may be forged",
       [](AccessFacts& f) {
         f.certificate = {.says = "key ID \"x\"", .unverified = "no ssh-keygen"};
       },
       Answer::unknown, "certificate"},
      {"... and nobody trusts it",
       [](AccessFacts& f) {
         f.certificate = {.says = "key ID \"x\"", .unverified = "no ssh-keygen"};
         f.keys.clear();
       },
       Answer::out, "key"},
      {"nobody knows of the key",
       [](AccessFacts& f) {
         f.keys[0].unsure = true;
         f.keys[0].why = "AuthorizedPrincipalsCommand was not asked";
       },
       Answer::unknown, "key"},
      {"the key is too short", [](AccessFacts& f) { f.keys[0].why = "RSA"; }, Answer::out, "key"},
      {"the second one is right",
       [](AccessFacts& f) { f.keys.insert(f.keys.begin(), {.place = "x", .why = "RSA"}); },
       Answer::in, "key"},
      {"the account has expired",
       [](AccessFacts& f) { f.standing = parse::Standing{.key = parse::Bar::expired}; },
       Answer::out, "expiry"},
      {"nobody could look at shadow", [](AccessFacts& f) { f.standing = Unknown{"no such file"}; },
       Answer::unknown, "expiry"},
      {"locked, and sshd asks without PAM",
       [](AccessFacts& f) { f.standing = parse::Standing{.key = parse::Bar::locked}; }, Answer::out,
       "lock"},
      {"nologin", [](AccessFacts& f) { f.nologin = "/etc/nologin"; }, Answer::out, "nologin"},
      {"nologin is not for root",
       [](AccessFacts& f) {
         f.nologin = "/etc/nologin";
         f.account->uid = 0;
       },
       Answer::in, "key"},
      {"pam_access lets in", [](AccessFacts& f) { f.pam_access.emplace(); }, Answer::in, "key"},
      {"pam_access denies",
       [](AccessFacts& f) {
         f.pam_access.emplace();
         f.pam_access->says = parse::AccessVerdict::Says::denied;
       },
       Answer::out, "pam_access"},
      {"pam_access has no rules",
       [](AccessFacts& f) {
         f.pam_access.emplace();
         f.pam_access->says = parse::AccessVerdict::Says::denied;
         f.pam_access->file_missing = true;
       },
       Answer::out, "pam_access"},
      {"nobody knows what pam_access says",
       [](AccessFacts& f) {
         f.pam_access.emplace();
         f.pam_access->says = parse::AccessVerdict::Says::unknown;
       },
       Answer::unknown, "pam_access"},
      {"a bad chroot",
       [](AccessFacts& f) {
         f.obstacles = {{.place = "ChrootDirectory", .why = "x", .mend = "y"}};
       },
       Answer::out, "chroot"},
      {"a forced command that is not there",
       [](AccessFacts& f) { f.obstacles = {{.place = "ForceCommand", .why = "x", .mend = "y"}}; },
       Answer::out, "command"},
      {"a module that PAM has not",
       [](AccessFacts& f) {
         f.obstacles = {{.place = "/etc/pam.d/sshd:3", .why = "PAM has no x.so", .mend = "y"}};
       },
       Answer::out, "pam"},
      {"no home", [](AccessFacts& f) { f.home_problem = "x"; }, Answer::in, "key"},
      {"a password",
       [](AccessFacts& f) {
         f.keys.clear();
         f.standing = parse::Standing{.has_password = true};
         rules(f).passwords = true;
       },
       Answer::in, "password"},
      {"a password, and sshd takes none",
       [](AccessFacts& f) {
         f.keys.clear();
         f.standing = parse::Standing{.has_password = true};
       },
       Answer::out, "key"},
      {"a password is no answer for who asks about a key",
       [](AccessFacts& f) {
         f.keys.clear();
         f.key_given = true;
         f.standing = parse::Standing{.has_password = true};
         rules(f).passwords = true;
       },
       Answer::out, "key"},
      {"root's password",
       [](AccessFacts& f) {
         f.keys.clear();
         f.account->uid = 0;
         f.standing = parse::Standing{.has_password = true};
         rules(f).passwords = true;
       },
       Answer::out, "key"},
      {"PermitRootLogin no",
       [](AccessFacts& f) {
         f.account->uid = 0;
         f.exclusion = {"PermitRootLogin", "is root"};
       },
       Answer::out, "root"},
      {"... is not for alice", [](AccessFacts& f) { rules(f).root = false; }, Answer::in, "key"},
      {"PermitRootLogin forced-commands-only",
       [](AccessFacts& f) {
         f.account->uid = 0;
         rules(f).permit_root = "forced-commands-only";
       },
       Answer::out, "key"},
      {"... and one is forced",
       [](AccessFacts& f) {
         f.account->uid = 0;
         f.keys[0].command = true;
         rules(f).permit_root = "forced-commands-only";
       },
       Answer::in, "key"},
      {"a key and then a password, and there is none",
       [](AccessFacts& f) { rules(f).methods = {"publickey,password"}; }, Answer::out, "methods"},
      {"a key and then a password",
       [](AccessFacts& f) {
         rules(f).methods = {"publickey,password"};
         rules(f).passwords = true;
         f.standing = parse::Standing{.has_password = true};
       },
       Answer::in, "publickey,password"},
      {"or a key alone",
       [](AccessFacts& f) {
         rules(f).methods = {"publickey,password", "publickey"};
       },
       Answer::in, "publickey"},
      {"by another machine's word", [](AccessFacts& f) { rules(f).methods = {"hostbased"}; },
       Answer::unknown, "methods"},
  };
  for (const auto& one : cases) {
    AccessFacts facts = usual();
    one.change(facts);
    const Access found = access(facts);
    EXPECT_EQ(found.answer, one.answer) << one.what;
    EXPECT_EQ(found.answer == Answer::in ? found.by : found.blocked, one.blocked) << one.what;
  }
}

TEST(Access, says_what_depends_on_an_address) {
  using Names = std::vector<std::string>;
  AccessFacts facts = usual();
  EXPECT_EQ(access(facts).depends, Names{});
  facts.keys[0].from = true;
  facts.match_by_client = true;
  rules(facts).allow_users = {"alice@192.0.2.*"};
  EXPECT_EQ(access(facts).depends, (Names{"Match", "AllowUsers", "from="}));
  EXPECT_EQ(access(facts).answer, Answer::in);
  const std::string json = access_json(facts, access(facts));
  EXPECT_NE(json.find(R"("depends_on_address":["Match","AllowUsers","from="])"), json.npos) << json;
  facts.keys.push_back({.place = "x"}); // another key serves from anywhere
  facts.match_by_client = false;
  rules(facts).allow_users.clear();
  EXPECT_EQ(access(facts).depends, Names{});
  facts.pam_access.emplace();
  facts.pam_access->says = parse::AccessVerdict::Says::unknown;
  EXPECT_EQ(access(facts).depends, Names{"pam_access"});
  facts.from = "192.0.2.1";
  EXPECT_EQ(access(facts).depends, Names{});
}

TEST(Access, what_is_in_the_way_comes_with_its_fix) {
  AccessFacts facts = usual();
  KeyFile& file = facts.account->files[0];
  file = {.path = "/home/alice/.ssh/authorized_keys",
          .state = KeyFile::State::refused,
          .object = "/home/alice/a b",
          .why = "mode 0777",
          .too_open = {"/home/alice/a b"}};
  facts.keys.clear();
  const Access found = access(facts);
  const auto step = std::find_if(found.steps.begin(), found.steps.end(),
                                 [](const AccessStep& one) { return one.name == "key file"; });
  ASSERT_NE(step, found.steps.end());
  EXPECT_EQ(step->says, "/home/alice/.ssh/authorized_keys: /home/alice/a b has mode 0777");
  EXPECT_EQ(step->fix, std::vector<std::string>{"chmod go-w '/home/alice/a b'"});
}

TEST(Access, its_document_is_one_line_of_what_can_be_printed) {
  AccessFacts facts = usual();
  facts.user = "al\x1b[2J\nice";
  facts.from = "192.0.2.1";
  facts.exclusion = {"DenyUsers", "is in DenyUsers (al\x1b*)"};
  const std::string json = access_json(facts, access(facts));
  EXPECT_EQ(json.find('\n'), json.size() - 1);
  EXPECT_EQ(json.find('\x1b'), std::string::npos);
  EXPECT_TRUE(json.starts_with(R"({"schema":1,"user":"al\\x1b[2J\\nice","from":"192.0.2.1",)"
                               R"("answer":"out","by":null,"blocked_by":"rules",)"))
      << json;
}

} // namespace
} // namespace sshguardd::engine
