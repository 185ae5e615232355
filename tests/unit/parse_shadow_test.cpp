#include "parse/shadow.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>

namespace sshguardd::parse {

inline void PrintTo(Bar bar, std::ostream* out) {
  *out << static_cast<int>(bar) << " (" << in_words(bar) << ")";
}

namespace {

constexpr std::int64_t today = 20'000;

ShadowEntry entry(const std::string& fields) {
  const Shadow all = shadow("alice:" + fields + "\n");
  EXPECT_EQ(all.size(), 1U) << fields;
  return all.empty() ? ShadowEntry{} : all.begin()->second;
}

TEST(Shadow, reads_entries_and_passes_over_what_is_none) {
  const Shadow all = shadow("root:*:19700:0:99999:7:::\n"
                            "alice:$y$j9T$x:19701:1:90:7:14:20010:\n"
                            "alice:!:0:0:0:0:0:0:\n" // the first one counts
                            "short:x:1:2:3\n"
                            "long:x:1:2:3:4:5:6:7:8\n"
                            "word:x:soon:0:99999:7:::\n"
                            "huge:x:99999999999999999999:0:99999:7:::\n"
                            "blank:x: 5:0:99999:7:::\n"
                            "+nis::::::::\n"
                            "-nis::::::::\n"
                            "#comment:x:1:::::: \n"
                            ":noname:1::::::\n"
                            "\n:::::\n"
                            "minus:x:-1:-1:-1:-1:-1:-1:\n"
                            "last:!!:::::::");
  EXPECT_EQ(all.size(), 4U);
  EXPECT_EQ(all.at("alice").hash, "$y$j9T$x");
  EXPECT_EQ(all.at("alice").changed, 19701);
  EXPECT_EQ(all.at("alice").most, 90);
  EXPECT_EQ(all.at("alice").inactive, 14);
  EXPECT_EQ(all.at("alice").expires, 20010);
  EXPECT_FALSE(all.at("root").inactive);
  EXPECT_FALSE(all.at("minus").changed || all.at("minus").most || all.at("minus").expires);
  EXPECT_EQ(all.at("last").hash, "!!");
  EXPECT_TRUE(shadow("").empty());
  EXPECT_TRUE(shadow(std::string(100'000, ':')).empty());
  EXPECT_TRUE(shadow(std::string("a\0b", 3)).empty());
}

TEST(Shadow, keeps_out_as_pam_unix_and_sshd_do) {
  struct Row {
    const char* fields;
    Bar pam_key;
    Bar pam_password;
    Bar sshd_key;
    Bar sshd_password;
  };
  using enum Bar;
  const Row rows[] = {
      {"$6$h:19900:0:99999:7:::", none, none, none, none},
      // A lock: with PAM a key still logs in.
      {"!$6$h:19900:0:99999:7:::", none, no_password, locked, no_password},
      {"!:19900:0:99999:7:::", none, no_password, locked, no_password},
      {"!!:19900:0:99999:7:::", none, no_password, locked, no_password},
      {"*:19900:0:99999:7:::", none, no_password, none, no_password},
      {"*LK*:19900:0:99999:7:::", none, no_password, none, no_password},
      {":19900:0:99999:7:::", none, no_password, none, no_password},
      // The account's end: PAM on that day, sshd on the next.
      {"$6$h:19900:0:99999:7::20001:", none, none, none, none},
      {"$6$h:19900:0:99999:7::20000:", expired, expired, none, none},
      {"$6$h:19900:0:99999:7::19999:", expired, expired, expired, expired},
      {"!:19900:0:99999:7::0:", expired, no_password, expired, no_password},
      // Before anything else of the password is looked at.
      {"$6$h:0:0:99999:7::1:", expired, expired, expired, expired},
      // To be changed.
      {"$6$h:0:0:99999:7:::", change_due, change_due, none, change_due},
      {"!:0:0:99999:7:::", change_due, no_password, locked, no_password},
      {"$6$h:19910:0:90:7:::", none, none, none, none},
      {"$6$h:19909:0:90:7:::", change_due, change_due, none, change_due},
      // Too old: only where a time of grace is set, and has passed.
      {"$6$h:19895:0:90:7:14::", password_expired, password_expired, none, change_due},
      {"$6$h:19896:0:90:7:14::", change_due, change_due, none, change_due},
      {"$6$h:19894:0:90:7:14::", password_expired, password_expired, none, change_due},
      {"$6$h:19894:0::7:14::", none, none, none, none},
      {"*:19894:0:90:7:0::", password_expired, no_password, none, no_password},
      // Changed in the future (a clock that was wrong).
      {"$6$h:30000:0:0:7:0::", none, none, none, none},
      // Nothing set, and numbers without an end.
      {"$6$h:::::::", none, none, none, none},
      {"$6$h:9223372036854775807:0:9223372036854775807:7:9223372036854775807:9223372036854775807:",
       none, none, none, none},
      {"$6$h:19900:0:9223372036854775807:7:9223372036854775807::", none, none, none, none},
  };
  for (const Row& row : rows) {
    const Standing pam = standing(entry(row.fields), {.use_pam = true}, today);
    const Standing sshd = standing(entry(row.fields), {.use_pam = false}, today);
    EXPECT_EQ(pam.key, row.pam_key) << row.fields;
    EXPECT_EQ(pam.password, row.pam_password) << row.fields;
    EXPECT_EQ(sshd.key, row.sshd_key) << row.fields;
    EXPECT_EQ(sshd.password, row.sshd_password) << row.fields;
  }
}

TEST(Shadow, an_empty_password_is_one_where_sshd_permits_it) {
  EXPECT_FALSE(standing(entry(":19900:0:99999:7:::"), {}, today).password_lets_in());
  EXPECT_TRUE(
      standing(entry(":19900:0:99999:7:::"), {.empty_passwords = true}, today).password_lets_in());
  EXPECT_FALSE(
      standing(entry("!:19900:0:99999:7:::"), {.empty_passwords = true}, today).password_lets_in());
}

TEST(Shadow, a_change_that_nobody_can_make_lets_nobody_in) {
  EXPECT_TRUE(standing(entry("$6$h:0:0:99999:7:::"), {}, today).key_lets_in());
  EXPECT_FALSE(standing(entry("*:0:0:99999:7:::"), {}, today).key_lets_in());
  EXPECT_TRUE(standing(entry("*:0:0:99999:7:::"), {.use_pam = false}, today).key_lets_in());
}

TEST(Shadow, tells_what_comes) {
  struct Row {
    const char* fields;
    bool pam;
    Bar soon;
    std::int64_t in_days;
  };
  using enum Bar;
  const Row rows[] = {
      {"$6$h:19900:0:99999:7::20001:", true, expired, 1},
      {"$6$h:19900:0:99999:7::20001:", false, expired, 2},
      {"$6$h:19900:0:99999:7::20030:", true, expired, 30},
      {"$6$h:19900:0:99999:7::20031:", true, none, 0},
      {"$6$h:19900:0:99999:7::20000:", true, none, 0}, // has come
      {"!:19900:0:99999:7::20005:", false, none, 0},   // is out already
      // Who can change it gets in until that is over, too.
      {"$6$h:19913:0:90:7:::", true, none, 0},
      {"$6$h:19913:0:90:7:2::", true, password_expired, 6},
      {"*:19913:0:90:7:::", true, change_due, 4},
      {"*:19913:0:90:7:::", false, none, 0},
      // The first of both.
      {"*:19913:0:90:7::20002:", true, expired, 2},
  };
  for (const Row& row : rows) {
    const Standing got = standing(entry(row.fields), {.use_pam = row.pam}, today);
    EXPECT_EQ(got.soon, row.soon) << row.fields;
    EXPECT_EQ(got.in_days, row.in_days) << row.fields;
  }
}

TEST(Shadow, nologin_keeps_all_but_root_out) {
  EXPECT_FALSE(nologin_keeps_out(0));
  EXPECT_TRUE(nologin_keeps_out(1000));
  EXPECT_EQ(nologin_file(true, true, true), "/run/nologin");
  EXPECT_EQ(nologin_file(true, false, true), "/etc/nologin");
  EXPECT_EQ(nologin_file(false, true, false), "");
  EXPECT_EQ(nologin_file(false, true, true), "/etc/nologin");
  EXPECT_EQ(nologin_file(true, false, false), "");
}

// Of "!" alone, as RHEL's "!!", nothing is left where the lock goes.
TEST(Shadow, a_lock_with_nothing_behind_it) {
  const std::pair<const char*, bool> rows[] = {{"!", true},  {"!!", true}, {"!*", false},
                                               {"*", false}, {"", false},  {"!$6$x$y", false}};
  for (const auto& [hash, bare] : rows) {
    const auto entries = shadow("carol:" + std::string{hash} + ":19000:0:99999:7:::\n");
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(standing(entries.begin()->second, {}, 20000).bare_lock, bare) << hash;
  }
}

} // namespace
} // namespace sshguardd::parse
