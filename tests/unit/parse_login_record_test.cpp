#include "parse/login_record.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

constexpr std::int64_t now = 1'795'230'727;
constexpr std::int64_t day = 86'400;

TEST(LoginRecord, comes_back_as_it_was) {
  const std::vector<Login> record{{0, now, "2001:db8::1"},
                                  {1000, now, "192.0.2.1"},
                                  {1000, now - 9 * day, "192.0.2.2"},
                                  {4'294'967'294U, 0, ""}};
  EXPECT_EQ(login_record(text_of(record)), record);
  EXPECT_TRUE(login_record("").empty());
}

TEST(LoginRecord, passes_over_what_is_none) {
  EXPECT_EQ(login_record("1000 5\n\n1001\nalice 5\n1002 x\n1003 -5\n-1 5\n4294967296 5\n1004 5 6\n"
                         "1008 5 192.0.2.1 x\n1009 5 \n1010 5 host\n"
                         " 1005 5\n1006 99999999999999999999\n1007 7"),
            (std::vector<Login>{{1000, 5, ""}, {1007, 7, ""}}));
}

TEST(LoginRecord, is_written_for_a_new_account_or_a_new_day) {
  std::vector<Login> record;
  EXPECT_TRUE(note_login(record, {1000, now, ""}));
  EXPECT_FALSE(note_login(record, {1000, now, ""}));
  EXPECT_FALSE(note_login(record, {1000, now + day - 1, ""}));
  EXPECT_EQ(record.at(0).time, now);
  EXPECT_TRUE(note_login(record, {1000, now + day, ""}));
  EXPECT_EQ(record.at(0).time, now + day);
  EXPECT_TRUE(note_login(record, {1001, now, ""}));
  EXPECT_EQ(record.size(), 2U);
}

TEST(LoginRecord, a_clock_that_was_ahead_is_put_right) {
  std::vector<Login> record{{1000, now + 1000 * day, ""}};
  EXPECT_TRUE(note_login(record, {1000, now, ""}));
  EXPECT_EQ(record.at(0).time, now);
  record = {{1000, now + 1000 * day, "192.0.2.1"}, {1000, now - day, "192.0.2.2"}};
  EXPECT_TRUE(note_login(record, {1000, now, "192.0.2.2"}));
  EXPECT_EQ(record, (std::vector<Login>{{1000, now, "192.0.2.1"}, {1000, now, "192.0.2.2"}}));
}

TEST(LoginRecord, keeps_those_that_came_last) {
  std::vector<Login> record;
  for (std::uint32_t uid = 0; uid < 1000; ++uid)
    (void)note_login(record, {uid, now + uid, ""});
  EXPECT_EQ(record.size(), most_logins);
  EXPECT_EQ(record.front().uid, 1000 - most_logins);
  EXPECT_EQ(record.back().uid, 999U);
}

TEST(LoginRecord, keeps_the_addresses_that_an_account_came_from) {
  std::vector<Login> record{{1000, now, ""}};
  EXPECT_TRUE(note_login(record, {1000, now + 1, "192.0.2.1"})) << "none was known";
  EXPECT_EQ(record, (std::vector<Login>{{1000, now + 1, "192.0.2.1"}}));
  EXPECT_TRUE(note_login(record, {1000, now + 2, "2001:db8::1"})) << "home, and office";
  EXPECT_EQ(record,
            (std::vector<Login>{{1000, now + 1, "192.0.2.1"}, {1000, now + 2, "2001:db8::1"}}));
  EXPECT_FALSE(note_login(record, {1000, now + 3, "192.0.2.1"})) << "by turns, all day";
  EXPECT_FALSE(note_login(record, {1000, now + 4000, ""})) << "on the machine's own console";
  EXPECT_TRUE(note_login(record, {1000, now + 4000, "192.0.2.1"})) << "the last is another";
  EXPECT_FALSE(note_login(record, {1000, now + 8000, "192.0.2.1"}));
  EXPECT_TRUE(note_login(record, {1000, now + 2 * day, ""}));
  EXPECT_EQ(record, (std::vector<Login>{{1000, now + 2 * day, "192.0.2.1"},
                                        {1000, now + 2, "2001:db8::1"}}));
  EXPECT_TRUE(note_login(record, {1001, now, "2001:db8::1"})) << "somebody else, from there, too";
}

TEST(LoginRecord, of_many_addresses_the_latest_stay) {
  std::vector<Login> record;
  const auto from = [](int i) { return "192.0.2." + std::to_string(i); };
  for (int i = 1; i <= 4; ++i)
    EXPECT_TRUE(note_login(record, {1000, now + i, from(i)}));
  EXPECT_FALSE(note_login(record, {1000, now + 5, from(5)})) << "written for each of a thousand";
  EXPECT_TRUE(note_login(record, {1000, now + 3604, from(5)}));
  EXPECT_EQ(record, (std::vector<Login>{{1000, now + 3604, from(5)},
                                        {1000, now + 2, from(2)},
                                        {1000, now + 3, from(3)},
                                        {1000, now + 4, from(4)}}));
}

TEST(LoginRecord, many_addresses_are_not_more_than_all_accounts_have) {
  std::vector<Login> record;
  for (std::uint32_t i = 0; i < 1000; ++i)
    (void)note_login(record, {i / 2, now + i, i % 2 == 0 ? "192.0.2.1" : "192.0.2.2"});
  EXPECT_EQ(record.size(), most_logins);
  EXPECT_EQ(record.front(),
            (Login{(1000 - most_logins) / 2, now + 1000 - most_logins, "192.0.2.1"}));
}

} // namespace
} // namespace sshguardd::parse
