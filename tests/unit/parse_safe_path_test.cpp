// sshd's rule for the way to a key file, as measured: OpenSSH 9.2 and 10.0 of Debian, upstream's
// source.
#include "parse/safe_path.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

const char* const accounts_text = "root:x:0:0:root:/root:/bin/bash\n"
                                  "# a comment: is none\n"
                                  "+nis::::::\n"
                                  "broken:x:notanumber:1:::/bin/sh\n"
                                  "alice:x:1000:1000:,,,:/home/alice:/bin/bash\n"
                                  "bob:x:1001:1001::/home/bob:\n"
                                  "carol:x:1002:100::/home/carol:/bin/sh\n"
                                  "dave:x:1003:100::/home/dave:/bin/sh\n"
                                  "alice:x:0:0:twice::/bin/sh\n"
                                  "twin:x:1005:1004::/home/twin:/bin/sh\n"
                                  "other:x:1006:1004::/home/other:/bin/sh\n"
                                  "short:x:1:1\n"
                                  "wide:x:4294967295:1::/:/bin/sh";
const char* const groups_text = "root:x:0:\n"
                                "users:x:100:alice\n"
                                "alice:x:1000:\n"
                                "bob:x:1001:alice\n"
                                "self:x:1010:alice\n"
                                "empty:x:1011:\n"
                                "pair:x:1012:alice,bob\n"
                                "twin:x:1004:\n";

TEST(AccountsDb, reads_entries_and_passes_over_what_is_none) {
  const auto accounts = passwd(accounts_text);
  ASSERT_EQ(accounts.size(), 7U);
  EXPECT_EQ(accounts[1].name, "alice");
  EXPECT_EQ(accounts[1].uid, 1000U) << "the first of two with that name";
  EXPECT_EQ(accounts[1].home, "/home/alice");
  EXPECT_EQ(accounts[2].shell, "");
  EXPECT_FALSE(find_account(accounts, "wide")) << "-1 is no uid";
  EXPECT_FALSE(find_account(accounts, "short"));
  ASSERT_EQ(group(groups_text).size(), 8U);
  const Groups groups{group(groups_text)};
  EXPECT_EQ(groups.of(accounts[1]), (std::vector<std::uint32_t>{1000, 100, 1001, 1010, 1012}));
  EXPECT_EQ(groups.of(accounts[0]), std::vector<std::uint32_t>{0});
  ASSERT_NE(groups.find(100), nullptr);
  EXPECT_EQ(groups.find(100)->name, "users");
  EXPECT_EQ(groups.find(4242), nullptr);
}

struct Case {
  const char* what;
  std::uint32_t owner, gid, mode;
  bool wrong_owner, open_upstream, open_debian;
};

TEST(SafePath, judges_as_sshd_does_for_alice) {
  const Case cases[] = {
      {"her own", 1000, 1000, 0755, false, false, false},
      {"root's", 0, 0, 0755, false, false, false},
      {"readable by all is no matter", 1000, 1000, 0644, false, false, false},
      {"0777", 1000, 1000, 0777, false, true, true},
      {"0666", 1000, 1000, 0666, false, true, true},
      {"0002 alone", 1000, 1000, 0702, false, true, true},
      {"sticky does not help", 1000, 1000, 01777, false, true, true},
      {"her private group", 1000, 1000, 0775, false, true, false},
      {"a group of others", 1000, 100, 0775, false, true, true},
      {"bob's group, which lists her", 1000, 1001, 0770, false, true, true},
      {"a group that lists her alone", 1000, 1010, 0770, false, true, false},
      {"a group without anybody", 1000, 1011, 0770, false, true, true},
      {"a group that lists two", 1000, 1012, 0770, false, true, true},
      {"a group without a name", 1000, 4242, 0770, false, true, true},
      {"root's own group is not hers", 0, 0, 0775, false, true, true},
      {"root's, in her private group", 0, 1000, 0775, false, true, false},
      {"bob's", 1001, 1001, 0755, true, false, false},
      {"bob's and open", 1001, 1001, 0777, true, true, true},
      {"nobody knows the owner", 4242, 1000, 0755, true, false, false},
  };
  const auto accounts = passwd(accounts_text);
  const Groups groups{group(groups_text)};
  const SafePath upstream{false, accounts, groups};
  const SafePath debian{true, accounts, groups};
  for (const Case& one : cases) {
    const auto plain = upstream.judge(1000, one.owner, one.gid, one.mode);
    const auto patched = debian.judge(1000, one.owner, one.gid, one.mode);
    EXPECT_EQ(plain.wrong_owner, one.wrong_owner) << one.what;
    EXPECT_EQ(patched.wrong_owner, one.wrong_owner) << one.what;
    EXPECT_EQ(plain.too_open, one.open_upstream) << one.what;
    EXPECT_EQ(patched.too_open, one.open_debian) << one.what;
  }
  EXPECT_TRUE(debian.judge(1005, 1005, 1004, 0770).too_open) << "it is another's first group, too";
}

TEST(SafePath, knows_whose_sshd_has_the_patch) {
  EXPECT_TRUE(accepts_private_groups("PRETTY_NAME=\"Debian\"\nID=debian\n"));
  EXPECT_TRUE(accepts_private_groups("ID=linuxmint\nID_LIKE=\"ubuntu debian\""));
  EXPECT_TRUE(accepts_private_groups("ID='ubuntu'\nID_LIKE=debian\n"));
  EXPECT_FALSE(accepts_private_groups("ID=\"rhel\"\nID_LIKE=\"fedora\"\n"));
  EXPECT_FALSE(accepts_private_groups("ID=x\nID_LIKE=notdebian\nVARIANT_ID=debian\n"));
  EXPECT_FALSE(accepts_private_groups(""));
}

TEST(SafePath, walks_up_to_the_home_or_to_the_root) {
  using Way = std::vector<std::string>;
  EXPECT_EQ(walk_of("/home/a/.ssh/authorized_keys", "/home/a"), (Way{"/home/a/.ssh", "/home/a"}));
  EXPECT_EQ(walk_of("/home/a/keys", "/home/a"), (Way{"/home/a"}));
  EXPECT_EQ(walk_of("/etc/ssh/keys/a", "/home/a"), (Way{"/etc/ssh/keys", "/etc/ssh", "/etc", "/"}));
  EXPECT_EQ(walk_of("/home/ab/x", "/home/a"), (Way{"/home/ab", "/home", "/"}));
  EXPECT_EQ(walk_of("/x", "/home/a"), (Way{"/"}));
  EXPECT_EQ(walk_of("/root/x", ""), (Way{"/root", "/"}));
}

TEST(SafePath, expands_as_sshd_does) {
  const PasswdEntry alice{.name = "alice", .uid = 1000, .gid = 1000, .home = "/home/alice"};
  EXPECT_EQ(expand_keys_file(".ssh/authorized_keys", alice), "/home/alice/.ssh/authorized_keys");
  EXPECT_EQ(expand_keys_file("/etc/ssh/keys/%u", alice), "/etc/ssh/keys/alice");
  EXPECT_EQ(expand_keys_file("%h/k", alice), "/home/alice/k");
  EXPECT_EQ(expand_keys_file("/k/%U/100%%", alice), "/k/1000/100%");
  EXPECT_FALSE(expand_keys_file("/k/%i", alice));
  EXPECT_FALSE(expand_keys_file("/k/%", alice));
}

} // namespace
} // namespace sshguardd::parse
