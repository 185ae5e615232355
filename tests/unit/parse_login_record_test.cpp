#include "parse/login_record.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

constexpr std::int64_t now = 1'795'230'727;
constexpr std::int64_t day = 86'400;

TEST(LoginRecord, comes_back_as_it_was) {
  const std::vector<Login> record{
      {0, now, "2001:db8::1"}, {1000, now - day, "192.0.2.1"}, {4'294'967'294U, 0, ""}};
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
}

TEST(LoginRecord, keeps_those_that_came_last) {
  std::vector<Login> record;
  for (std::uint32_t uid = 0; uid < 1000; ++uid)
    (void)note_login(record, {uid, now + uid, ""});
  EXPECT_EQ(record.size(), most_logins);
  EXPECT_EQ(record.front().uid, 1000 - most_logins);
  EXPECT_EQ(record.back().uid, 999U);
}

TEST(LoginRecord, keeps_the_address_of_the_last_one) {
  std::vector<Login> record{{1000, now, ""}};
  EXPECT_TRUE(note_login(record, {1000, now + 1, "192.0.2.1"})) << "none was known";
  EXPECT_FALSE(note_login(record, {1000, now + 3600, "192.0.2.2"})) << "two by turns, all day";
  EXPECT_EQ(record.at(0).from, "192.0.2.1");
  EXPECT_FALSE(note_login(record, {1000, now + 7200, "192.0.2.1"}));
  EXPECT_FALSE(note_login(record, {1000, now + 7200, ""})) << "on the machine's own console";
  EXPECT_TRUE(note_login(record, {1000, now + 7200, "192.0.2.2"}));
  EXPECT_EQ(record.at(0).from, "192.0.2.2");
  EXPECT_TRUE(note_login(record, {1000, now + 2 * day, ""}));
  EXPECT_EQ(record.at(0).from, "192.0.2.2");
}

} // namespace
} // namespace sshguardd::parse
