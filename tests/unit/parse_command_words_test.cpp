#include "parse/command_words.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

using Words = std::vector<std::string>;

TEST(CommandWords, are_split_as_sshd_splits_them) {
  struct {
    const char* command;
    Words words;
  } const cases[] = {
      {"", {}},
      {"  \t ", {}},
      {"/usr/bin/keys", {"/usr/bin/keys"}},
      {"/usr/bin/keys %u  %t\t%k ", {"/usr/bin/keys", "%u", "%t", "%k"}},
      {R"(/k "a b" 'c d' e"f g"h)", {"/k", "a b", "c d", "ef gh"}},
      {R"(/k a\ b \" \' \\ \n)", {"/k", "a b", "\"", "'", "\\", "\\n"}},
      {R"(/k "a\ b" "\"" '\'' "'")", {"/k", "a\\ b", "\"", "'", "'"}},
      {R"(/k "" '')", {"/k", "", ""}},
      {"/k #u", {"/k", "#u"}},
      {"/k a\\", {"/k", "a\\"}},
  };
  for (const auto& one : cases)
    EXPECT_EQ(command_words(one.command), one.words) << one.command;
}

TEST(CommandWords, a_quote_that_is_not_closed_is_none) {
  for (const char* command : {"/k \"a", "/k 'a\"", "\"", "/k \"a\\\""})
    EXPECT_EQ(command_words(command), std::nullopt) << command;
}

TEST(CommandTokens, stand_for_their_values_once) {
  const std::vector<Token> tokens{{'u', "%h"}, {'h', "/home/al ice"}};
  char unknown = 0;
  EXPECT_EQ(expand_tokens("a%u-%h%%u", tokens, unknown), "a%h-/home/al ice%u");
  EXPECT_EQ(expand_tokens("", tokens, unknown), "");
  EXPECT_EQ(expand_tokens("%u%k", tokens, unknown), std::nullopt);
  EXPECT_EQ(unknown, 'k');
  EXPECT_EQ(expand_tokens("100%", tokens, unknown), std::nullopt);
  EXPECT_EQ(unknown, '%');
}

TEST(CommandTokens, are_found_where_they_are_some) {
  EXPECT_TRUE(has_token("--key=%k", 'k'));
  EXPECT_TRUE(has_token("%%%k", 'k'));
  EXPECT_FALSE(has_token("%%k", 'k'));
  EXPECT_FALSE(has_token("k%", 'k'));
  EXPECT_FALSE(has_token("", 'k'));
}

} // namespace
} // namespace sshguardd::parse
