#include "parse/login_rules.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

TEST(LoginRules, reads_what_sshd_prints_in_any_case) {
  const LoginRules rules = login_rules("port 22\nStrictModes no\npubkeyauthentication no\n"
                                       "permitrootlogin without-password\n"
                                       "authorizedkeysfile .ssh/authorized_keys /etc/k/%u None\n"
                                       "allowusers alice\nallowusers bob@10.0.0.0/8\n"
                                       "denygroups a\nkeyword-without-value\n");
  EXPECT_FALSE(rules.strict_modes);
  EXPECT_FALSE(rules.keys);
  EXPECT_TRUE(rules.root);
  EXPECT_EQ(rules.key_files, (std::vector<std::string>{".ssh/authorized_keys", "/etc/k/%u"}));
  EXPECT_EQ(rules.allow_users, (std::vector<std::string>{"alice", "bob@10.0.0.0/8"}));
  EXPECT_EQ(rules.deny_groups, std::vector<std::string>{"a"});
  EXPECT_TRUE(login_rules("authorizedkeysfile none\n").key_files.empty());
  EXPECT_FALSE(login_rules("permitrootlogin no\n").root);
}

TEST(LoginRules, reads_the_methods_and_what_limits_keys) {
  const LoginRules rules =
      login_rules("usepam yes\npasswordauthentication no\nkbdinteractiveauthentication no\n"
                  "permitrootlogin forced-commands-only\nrequiredrsasize 2048\n"
                  "revokedkeys /etc/ssh/revoked\nauthorizedkeyscommand none\n"
                  "authorizedkeyscommanduser nobody\ntrustedusercakeys /etc/ssh/ca.pub\n"
                  "chrootdirectory none\nforcecommand internal-sftp -l INFO\n"
                  "authenticationmethods publickey,password publickey,keyboard-interactive\n"
                  "pubkeyacceptedalgorithms ssh-ed25519,rsa-sha2-512\n");
  EXPECT_TRUE(rules.use_pam);
  EXPECT_FALSE(rules.passwords);
  EXPECT_TRUE(rules.root);
  EXPECT_EQ(rules.permit_root, "forced-commands-only");
  EXPECT_EQ(rules.required_rsa_size, 2048U);
  EXPECT_EQ(rules.revoked_keys, "/etc/ssh/revoked");
  EXPECT_EQ(rules.keys_command, "");
  EXPECT_EQ(rules.keys_command_user, "nobody");
  EXPECT_EQ(rules.trusted_user_ca_keys, "/etc/ssh/ca.pub");
  EXPECT_EQ(rules.chroot_directory, "");
  EXPECT_EQ(rules.force_command, "internal-sftp -l INFO");
  EXPECT_EQ(rules.methods,
            (std::vector<std::string>{"publickey,password", "publickey,keyboard-interactive"}));
  EXPECT_EQ(rules.algorithms, (std::vector<std::string>{"ssh-ed25519", "rsa-sha2-512"}));
  EXPECT_TRUE(login_rules("authenticationmethods any\n").methods.empty());
  EXPECT_TRUE(
      login_rules("passwordauthentication no\nkbdinteractiveauthentication yes\n").passwords);
}

TEST(LoginRules, excludes_whom_no_address_would_help) {
  const PasswdEntry root{.name = "root", .uid = 0, .gid = 0};
  const PasswdEntry alice{.name = "alice", .uid = 1000, .gid = 1000};
  const Groups groups{group("root:x:0:\nalice:x:1000:\nadmins:x:50:alice\nothers:x:51:bob\n")};
  struct {
    const char* what;
    LoginRules rules;
    bool root, alice;
  } const cases[] = {
      {"no rule", {}, false, false},
      {"PermitRootLogin no", {.root = false}, true, false},
      {"DenyUsers alice", {.deny_users = {"alice"}}, false, true},
      {"DenyUsers from a host", {.deny_users = {"alice@10.0.0.1"}}, false, false},
      {"AllowUsers alice", {.allow_users = {"alice"}}, true, false},
      {"AllowUsers alice from a host", {.allow_users = {"alice@10.0.0.1"}}, true, false},
      {"AllowGroups by list", {.allow_groups = {"admins"}}, true, false},
      {"AllowGroups by first group", {.allow_groups = {"alice"}}, true, false},
      {"AllowGroups of others", {.allow_groups = {"others"}}, true, true},
      {"AllowGroups of a pattern", {.allow_groups = {"adm*"}}, true, false},
      {"DenyGroups", {.deny_groups = {"admins"}}, false, true},
      {"DenyGroups wins", {.allow_groups = {"admins"}, .deny_groups = {"al*"}}, true, true},
      {"DenyUsers wins", {.allow_users = {"*"}, .deny_users = {"r*"}}, true, false},
  };
  const PasswdEntry nameless{.name = "nameless", .uid = 7, .gid = 4242};
  EXPECT_TRUE(excluded({.deny_groups = {"others"}}, nameless, groups)) << "in no group at all";
  EXPECT_FALSE(excluded({}, nameless, groups));
  for (const auto& one : cases) {
    EXPECT_EQ(excluded(one.rules, root, groups), one.root) << one.what << ", root";
    EXPECT_EQ(excluded(one.rules, alice, groups), one.alice) << one.what << ", alice";
  }
}

TEST(LoginRules, an_address_decides_where_a_rule_names_one) {
  const PasswdEntry alice{.name = "alice", .uid = 1000, .gid = 1000};
  const Groups groups{group("alice:x:1000:\nadmins:x:50:alice\n")};
  struct {
    LoginRules rules;
    const char* address;
    const char* rule;
    const char* entry;
  } const cases[] = {
      {{.allow_users = {"alice@10.0.0.0/8"}}, "10.1.2.3", "", ""},
      {{.allow_users = {"alice@10.0.0.0/8"}}, "11.1.2.3", "AllowUsers", ""},
      {{.allow_users = {"alice@10.0.0.0/8"}}, "", "", ""},
      {{.allow_users = {"alice@10.0.0.0/8", "ali*"}}, "11.1.2.3", "", ""},
      {{.deny_users = {"bob", "alice@11.*"}}, "11.1.2.3", "DenyUsers", "alice@11.*"},
      {{.deny_users = {"alice@11.*"}}, "10.1.2.3", "", ""},
      {{.deny_users = {"alice@11.*"}}, "", "", ""},
      // Before AllowUsers.
      {{.allow_users = {"alice"}, .deny_users = {"a*"}}, "10.1.2.3", "DenyUsers", "a*"},
      {{.allow_groups = {"others"}, .deny_groups = {"adm*"}}, "", "DenyGroups", "admins"},
      {{.allow_groups = {"others"}}, "", "AllowGroups", ""},
  };
  for (const auto& one : cases) {
    const auto found = exclusion(one.rules, alice, groups, one.address);
    EXPECT_EQ(found ? found->keyword : "", one.rule) << one.address;
    EXPECT_NE((found ? found->why : "").find(one.entry), std::string::npos) << one.address;
  }
}

TEST(LoginRules, names_the_rule_that_excludes) {
  const PasswdEntry alice{.name = "alice", .uid = 1000, .gid = 1000, .home = "/", .shell = ""};
  const PasswdEntry root{.name = "root", .uid = 0, .gid = 0, .home = "/root", .shell = ""};
  const Groups groups{{{"root", 0, {}}, {"alice", 1000, {}}, {"wheel", 10, {"alice"}}}};
  struct {
    const char* output;
    const PasswdEntry* account;
    const char* keyword;
  } const rows[] = {
      {"permitrootlogin no\n", &root, "PermitRootLogin"},
      {"permitrootlogin no\n", &alice, ""},
      {"allowusers bob\n", &alice, "AllowUsers"},
      {"allowusers alice@10.0.0.1\n", &alice, ""},
      {"denyusers al*\nallowusers alice\n", &alice, "DenyUsers"},
      {"denyusers alice@10.0.0.1\n", &alice, ""},
      {"allowgroups staff\n", &alice, "AllowGroups"},
      {"allowgroups staff wheel\n", &alice, ""},
      {"denygroups wheel\nallowgroups wheel\n", &alice, "DenyGroups"},
  };
  for (const auto& row : rows) {
    const auto by = exclusion(login_rules(row.output), *row.account, groups);
    EXPECT_EQ(by ? by->keyword : "", row.keyword) << row.output;
    EXPECT_EQ(excluded(login_rules(row.output), *row.account, groups), by.has_value());
  }
}

TEST(LoginRules, methods_are_lists_of_which_one_has_to_be_gone_through) {
  struct {
    const char* methods;
    bool key_alone;
    bool password_alone;
    bool both;
  } const rows[] = {
      {"any", true, true, true},
      {"publickey", true, false, true},
      {"publickey,password", false, false, true},
      {"publickey,keyboard-interactive:pam", false, false, true},
      {"publickey,password keyboard-interactive", false, true, true},
      {"publickey,publickey", true, false, true},
      {"hostbased", true, true, true}, // not known here
  };
  for (const auto& row : rows) {
    const LoginRules rules = login_rules(std::string{"authenticationmethods "} + row.methods);
    EXPECT_EQ(methods_allow(rules, true, false), row.key_alone) << row.methods;
    EXPECT_EQ(methods_allow(rules, false, true), row.password_alone) << row.methods;
    EXPECT_EQ(methods_allow(rules, true, true), row.both) << row.methods;
  }
  EXPECT_FALSE(methods_allow(login_rules(""), false, false));
}

TEST(LoginRules, reads_other_ways_in) {
  EXPECT_TRUE(login_rules("permitemptypasswords yes\n").empty_passwords);
  EXPECT_TRUE(login_rules("gssapiauthentication yes\nhostbasedauthentication no\n").other_methods);
  EXPECT_TRUE(login_rules("gssapiauthentication no\nhostbasedauthentication yes\n").other_methods);
  EXPECT_FALSE(login_rules("gssapiauthentication no\n").other_methods);
  EXPECT_TRUE(login_rules("usedns yes\n").use_dns);
  EXPECT_FALSE(login_rules("usedns no\n").use_dns);
}

TEST(LoginRules, accounts_from_elsewhere) {
  struct {
    const char* nsswitch;
    const char* foreign;
  } const rows[] = {
      {"", ""},
      {"passwd: files systemd\n", ""},
      {"passwd:files\ngroup: files sss\n", ""},
      {"# passwd: ldap\npasswd:\tcompat # nis\n", ""},
      {"  passwd : files [NOTFOUND=return success=continue] sss ldap\n", "sss"},
      {"passwd: files[!SUCCESS=return]winbind\r\n", "winbind"},
      {"passwd: [unclosed", ""},
      {"passwd_compat: nis\n", ""},
  };
  for (const auto& row : rows)
    EXPECT_EQ(foreign_accounts(row.nsswitch), row.foreign) << row.nsswitch;
}

TEST(LoginRules, accounts_that_match_blocks_do_not_tell_apart) {
  const Groups groups{
      group("alice:x:1000:\nbob:x:1001:\nadmins:x:50:alice,bob\nlocked:x:51:bob\n")};
  const PasswdEntry alice{.name = "alice", .uid = 1000, .gid = 1000};
  const PasswdEntry bob{.name = "bob", .uid = 1001, .gid = 1001};
  LoginRules rules;
  const auto of = [&](const PasswdEntry& who) { return match_class(rules, who, groups); };
  EXPECT_EQ(of(alice), of(bob)) << "nothing is asked";
  rules.match_users = {"*", "a*,!carol"};
  EXPECT_EQ(of(alice), "11");
  EXPECT_EQ(of(bob), "10");
  rules.match_users = {"*,!alice"};
  EXPECT_EQ(of(alice), "0");
  // A negated group wins over one that fits, in whatever order they are.
  rules.match_users.clear();
  rules.match_groups = {"admins", "admins,!locked", "!locked,admins", "!admins", ""};
  EXPECT_EQ(of(alice), "11100");
  EXPECT_EQ(of(bob), "10000");
}

} // namespace
} // namespace sshguardd::parse
