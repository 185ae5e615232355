#include "parse/fail2ban.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sshguardd::parse {
namespace {

using namespace std::string_literals;

// As Python's pickle.dumps(..., 5) makes them, with the codes spelled out.
const std::string head = "\x80\x05\x95\x3d\0\0\0\0\0\0\0"s;
const std::string tail = "\x86\x94."s + std::string{fail2ban_end};
const std::string none = "]\x94"s;

std::string text(const std::string& value) {
  return "\x8c"s + static_cast<char>(value.size()) + value + "\x94";
}

std::string answer(const std::string& list) {
  return head + "K\0"s + list + tail;
}

TEST(Fail2ban, TheQuestionIsAllOfIt) {
  const std::string_view question{fail2ban_question, sizeof fail2ban_question - 1};
  EXPECT_TRUE(question.starts_with("\x80\x02]X\x06"));
  EXPECT_TRUE(question.ends_with("banneda.<F2B_END_COMMAND>"));
  EXPECT_EQ(question.size(), 33U);
}

TEST(Fail2ban, TwoJails) {
  const auto bans =
      fail2ban_banned(answer(none + "(}\x94" + text("sshd") + none + "(" + text("10.77.0.1") +
                             text("fd77::1") + "es}\x94" + text("recidive") + none + "se"));
  ASSERT_TRUE(bans);
  EXPECT_EQ(*bans, (std::vector<JailBan>{{"sshd", "10.77.0.1"}, {"sshd", "fd77::1"}}));
}

// As fail2ban 1.0 answers: its addresses are of a class of its own.
TEST(Fail2ban, StringsThatAreMade) {
  const std::string type = text("builtins") + text("str") + "\x93\x94"; // which is memo 6
  const auto made = [](const std::string& address) { return text(address) + "\x85\x94R\x94"; };
  const auto bans =
      fail2ban_banned(answer(none + "}\x94" + text("sshd") + none + "(" + type + made("10.77.0.1") +
                             "h\x06" + made("10.77.0.2") + "esa"));
  ASSERT_TRUE(bans);
  EXPECT_EQ(*bans, (std::vector<JailBan>{{"sshd", "10.77.0.1"}, {"sshd", "10.77.0.2"}}));
  for (const std::string& other :
       {text("os") + text("system") + "\x93", text("builtins") + text("eval") + "\x93", "\x93"s,
        text("str") + "\x93", type + "R", type + none + "R", "R"s, "\x85"s, type + "\x85"})
    EXPECT_FALSE(fail2ban_banned(
        answer(none + "}\x94" + text("sshd") + none + other + made("10.77.0.1") + "asa")))
        << other;
}

TEST(Fail2ban, TheSameAddressInTwoJailsIsSaidOnce) {
  const auto bans = fail2ban_banned(answer(none + "(}\x94" + text("a") + none + text("10.77.0.1") +
                                           "as}\x94" + text("b") + none + "h\x04" + "ase"));
  ASSERT_TRUE(bans);
  EXPECT_EQ(*bans, (std::vector<JailBan>{{"a", "10.77.0.1"}, {"b", "10.77.0.1"}}));
}

TEST(Fail2ban, Nobody) {
  ASSERT_TRUE(fail2ban_banned(answer(none)));
  EXPECT_TRUE(fail2ban_banned(answer(none))->empty());
  const auto empty = fail2ban_banned(answer(none + "}\x94" + text("sshd") + none + "sa"));
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->empty());
}

TEST(Fail2ban, WhatIsNoSuchAnswer) {
  const std::string end{fail2ban_end};
  for (const std::string& one :
       {""s,
        end,
        "."s + end,
        answer(""),
        answer(none).substr(0, answer(none).size() - 1),
        head + "K\x01"s + text("no") + tail,                  // an error
        head + text("ERROR") + "." + end,                     //
        answer(text("x")),                                    // no list
        answer(none + text("x") + "a"),                       // a list of texts
        answer(none + "}\x94" + text("a") + "}\x94" + "sa"),  // a jail with a dictionary
        answer(none + "}\x94" + text("a") + none + "K\1asa"), // a number for an address
        answer("cos\nsystem\n"),                              // an object
        answer("h\x07"),
        answer("j\0\0\0"s),
        answer("e"),
        answer("(e"),
        answer("u"),
        answer("s"),
        answer("a"),
        answer("\x8c\xff"s),
        answer("X\xff\xff\xff\xff"s),
        answer("("),
        "\x94"s + end})
    EXPECT_FALSE(fail2ban_banned(one)) << one;
}

TEST(Fail2ban, WhatGrowsWithoutEnd) {
  std::string list = none + "}\x94" + text("a") + none;
  list += "(";
  for (int i = 0; i < 40'000; ++i)
    list += "h\x02";
  EXPECT_FALSE(fail2ban_banned(answer(list + "esa")));
  EXPECT_FALSE(fail2ban_banned(answer(std::string(200'000, ']'))));
}

} // namespace
} // namespace sshguardd::parse
