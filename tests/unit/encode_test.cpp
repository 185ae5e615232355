#include "engine/encode.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sshguardd::engine {
namespace {

using namespace std::string_literals;

struct Row {
  std::string text;
  std::string encoded;
};

TEST(Encode, MakesPrintableAsciiOnOneLine) {
  const Row rows[] = {
      {"", ""},
      {"plain text, 100% ~!", "plain text, 100% ~!"},
      {"a\nb\rc\td", "a\\nb\\rc\\td"},
      {"back\\slash", "back\\\\slash"},
      {"\\n is not a line end", "\\\\n is not a line end"},
      {"nul\0byte"s, "nul\\x00byte"},
      {"\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"},
      {"del\x7f", "del\\x7f"},
      {"J\xc3\xbcrgen", "J\\xc3\\xbcrgen"},
      {"\xff\xfe not UTF-8", "\\xff\\xfe not UTF-8"},
      {"\x9b c1 control", "\\x9b c1 control"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(encode(row.text), row.encoded);
}

TEST(Encode, EveryByteIsPrintableAndTellsWhichItWas) {
  std::set<std::string> seen;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string encoded = encode(std::string(1, static_cast<char>(byte)));
    for (const char c : encoded) {
      EXPECT_GE(c, 0x20) << byte;
      EXPECT_LT(c, 0x7f) << byte;
    }
    EXPECT_TRUE(seen.insert(encoded).second) << byte;
  }
}

struct CutRow {
  std::string text;
  std::size_t limit;
  std::string encoded;
};

TEST(Encode, CutsAtTheLimitAndNeverInsideAnEscape) {
  const CutRow rows[] = {
      {"abcdef", 6, "abcdef"}, // just fits: nothing is cut
      {"abcdefg", 6, "abc..."},
      {"abcdefg", 3, "..."},
      {"abcdefg", 2, ".."},
      {"abcdefg", 0, ""},
      {"\x1b\x1b\x1b", 12, "\\x1b\\x1b\\x1b"},
      {"\x1b\x1b\x1b", 11, "\\x1b\\x1b..."},
      {"\x1b\x1b\x1b", 10, "\\x1b..."},
      {"ab\n\n\n\n", 6, "ab..."},      // room for three: a, b, and half of an escape
      {"a\\\\\\\\", 6, "a\\\\..."},    // a doubled backslash stays whole
      {"a\\x41\\x41", 7, "a\\\\x..."}, // text that looks like an escape is none
  };
  for (const CutRow& row : rows)
    EXPECT_EQ(encode(row.text, row.limit), row.encoded) << row.limit;
}

TEST(Encode, HoldsTheLimitForAHugeText) {
  const std::string huge(50'000'000, '\x01');
  EXPECT_EQ(encode(huge, 4096).size(), 4095U); // 1023 escapes of four, and the dots
}

TEST(EncodeWord, HasNoSpaceAndIsNeverEmpty) {
  EXPECT_EQ(encode_word("web 01", 63), "web\\x2001");
  EXPECT_EQ(encode_word("", 63), "-");
  EXPECT_EQ(encode_word("web-01", 63), "web-01");
  EXPECT_EQ(encode_word(std::string(100, ' '), 10), "\\x20...");
}

TEST(CutEncoded, LeavesWhatFitsAlone) {
  EXPECT_EQ(cut_encoded("\\x1b", 4), "\\x1b");
  EXPECT_EQ(cut_encoded("\\x1bab", 5), "...");
  EXPECT_EQ(cut_encoded("ab\\", 3), "ab\\"); // an escape that was broken before
  EXPECT_EQ(cut_encoded("abcd\\", 4), "a...");
}

} // namespace
} // namespace sshguardd::engine
