#include "host/account_report.hpp"

#include <gtest/gtest.h>

namespace sshguardd::host {
namespace {

AccountReport report() {
  KeyFile file{.path = "/home/\xff\n:1:/keys",
               .state = KeyFile::State::refused,
               .object = "/home/a",
               .why = "mode 0777",
               .wrong_owner = true,
               .too_open = {"/home/a", ""},
               .mendable = {"/home/a"},
               .unmendable = "x",
               .odd = "y",
               .keys = 3,
               .bad_lines = 4'000'000'000U,
               .bad = {{7, "why"}}};
  AccountReport report;
  report.accounts.accounts.push_back({.name = "alice",
                                      .uid = 4'294'967'294U,
                                      .gid = 1,
                                      .home = "/home/a",
                                      .files = {file, {}},
                                      .got_in = true,
                                      .excluded_by = "AllowUsers",
                                      .excluded = "is not in AllowUsers",
                                      .locked = "has expired",
                                      .closed = true,
                                      .soon = "has expired",
                                      .soon_day = 20'001,
                                      .mend = "chage -E -1",
                                      .keys_end = 1'795'230'727,
                                      .keys_end_at = "/k:1"});
  report.accounts.keys.push_back({.name = "alice",
                                  .uid = 4'294'967'294U,
                                  .home = "/home/a",
                                  .got_in = true,
                                  .by_key = true,
                                  .way = true,
                                  .elsewhere = true,
                                  .all_seen = true,
                                  .bad_lines = true,
                                  .paths = {"/a", ""},
                                  .files = {{.path = "/a", .owner = "\xff", .changed = -1}},
                                  .keys = {{.name = {"RSA", "SHA256:x"}, .rejected = true}}});
  report.accounts.people = 9;
  report.accounts.keyed = 2;
  report.accounts.open = 1;
  report.accounts.obstacles = {{.account = "alice",
                                .got_in = true,
                                .place = "ChrootDirectory",
                                .why = "/srv is no directory",
                                .mend = "ls -ld /srv"}};
  report.accounts.wrong_labels = {{"alice", "/home/a/.ssh", "default_t", "ssh_home_t"}};
  report.accounts.incomplete = "some";
  report.accounts.ways_known = true;
  report.accounts.ways = 3;
  report.accounts.root_way = true;
  report.accounts.elsewhere = "sss";
  report.accounts.nologin = "/run/nologin";
  report.accounts.nologin_says = "\n\xff";
  report.accounts.shutdown_scheduled = true;
  report.accounts.seen = {{1000, 1'795'230'727}, {0, 1}};
  report.watches = {{5, ".ssh"}, {6, ""}};
  return report;
}

TEST(AccountReport, comes_back_as_it_was) {
  const auto back = decode_account_report(encode(report()));
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), encode(report()));
  const KeyFile& file = back->accounts.accounts.at(0).files.at(0);
  EXPECT_EQ(file.path, "/home/\xff\n:1:/keys");
  const AccountKeys& keys = back->accounts.keys.at(0);
  EXPECT_TRUE(keys.got_in && keys.by_key && keys.way && keys.elsewhere && keys.all_seen);
  EXPECT_EQ(keys.files.at(0).changed, -1);
  EXPECT_EQ(keys.keys.at(0).name, (KeyFingerprint{"RSA", "SHA256:x"}));
  EXPECT_EQ(back->accounts.accounts.at(0).keys_end_at, "/k:1");
  EXPECT_EQ(file.state, KeyFile::State::refused);
  EXPECT_TRUE(file.wrong_owner);
  EXPECT_EQ(back->accounts.obstacles, report().accounts.obstacles);
  EXPECT_EQ(file.too_open.size(), 2U);
  EXPECT_EQ(file.bad_lines, 4'000'000'000U);
  EXPECT_EQ(file.bad.at(0).line, 7U);
  EXPECT_EQ(back->accounts.accounts[0].uid, 4'294'967'294U);
  EXPECT_EQ(back->accounts.people, 9U);
  EXPECT_EQ(back->accounts.incomplete, "some");
  EXPECT_TRUE(back->accounts.accounts[0].got_in && back->accounts.accounts[0].closed);
  EXPECT_EQ(back->accounts.accounts[0].soon_day, 20'001);
  EXPECT_EQ(back->accounts.accounts[0].mend, "chage -E -1");
  EXPECT_EQ(back->accounts.ways, 3U);
  EXPECT_TRUE(back->accounts.ways_known && back->accounts.shutdown_scheduled);
  EXPECT_EQ(back->accounts.nologin_says, "\n\xff");
  EXPECT_EQ(back->accounts.seen, report().accounts.seen);
  EXPECT_EQ(back->watches.at(0).name, ".ssh");
}

TEST(AccountReport, takes_nothing_that_is_cut_or_made_up) {
  const std::string whole = encode(report());
  for (std::size_t size = 0; size < whole.size(); ++size)
    ASSERT_FALSE(decode_account_report(std::string_view{whole}.substr(0, size))) << size;
  EXPECT_FALSE(decode_account_report(whole + "1:x"));
  EXPECT_FALSE(decode_account_report("9:accounts3"
                                     "20:99999999999999999999"));
  EXPECT_FALSE(decode_account_report("9:accounts3"
                                     "9:999999999"));
  EXPECT_FALSE(decode_account_report("99999999999999999999:a"));
  EXPECT_FALSE(decode_account_report("-1:a"));
}

} // namespace
} // namespace sshguardd::host
