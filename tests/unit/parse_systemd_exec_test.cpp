// The expected values of the quirks were read off systemd 252 and 257 themselves (load_env_file and
// replace_env_argv of libsystemd-shared), not off the manual page.
#include "parse/systemd_exec.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {
namespace {

using namespace std::string_literals;

struct FileCase {
  const char* name;
  std::string text;
  Environment expected;
};

TEST(EnvironmentFile, Table) {
  const FileCase cases[] = {
      {"empty", "", {}},
      {"plain", "A=1\nB=2\n", {{"A", "1"}, {"B", "2"}}},
      {"no final newline", "A=1", {{"A", "1"}}},
      {"empty value", "A=\nB=", {{"A", ""}, {"B", ""}}},
      {"later wins", "A=1\nA=2\n", {{"A", "2"}}},
      {"debian's own", "# Default settings\n\n# Options\nSSHD_OPTS=\n", {{"SSHD_OPTS", ""}}},
      {"red hat's own", "OPTIONS=\"-u0\"\n", {{"OPTIONS", "-u0"}}},
      {"comment marks", "#A=1\n;B=2\n  # C=3\nD=4 # not one\n", {{"D", "4 # not one"}}},
      {"crlf", "A=1\r\nB=\"2\"\r\n", {{"A", "1"}, {"B", "2"}}},
      {"cr alone", "A=1\rB=2", {{"A", "1"}, {"B", "2"}}},
      {"blanks around", " \t A \t=\t 1 2 \t\n", {{"A", "1 2"}}},
      {"export is no name", "export A=1\nB=2\n", {{"B", "2"}}},
      {"bad names", "1A=1\nA-B=1\n=1\n==1\nA.B=1\n\xc3\xa9=1\n_=ok\n", {{"_", "ok"}}},
      {"bom",
       "\xef\xbb\xbf"
       "A=1\nB=2\n",
       {{"B", "2"}}},
      {"no equals sign", "A\nB=2\nC", {{"B", "2"}}},
      {"utf-8", "A=gr\xc3\xbc\xc3\x9f\n", {{"A", "gr\xc3\xbc\xc3\x9f"}}},
      {"single quotes", "A='a \\ \" # $'\n", {{"A", "a \\ \" # $"}}},
      {"double quotes", "A=\"a \\\\ \\\" \\$ \\` \\n '\"\n", {{"A", "a \\ \" $ ` \\n '"}}},
      {"quotes inside a value stay", "A=a\"b c\"\n", {{"A", "a\"b c\""}}},
      {"after a closed quote", "A=\"a b\" c  d\n", {{"A", "a bc  d"}}},
      {"quoted parts join", "A='a'  \"b\"\n", {{"A", "ab"}}},
      {"trailing blanks in quotes", "A=\"a \"  \n", {{"A", "a "}}},
      {"open double quote", "A=\"1\nB=2\n", {{"A", "1\nB=2\n"}}},
      {"open single quote", "A='1\nB=2", {{"A", "1\nB=2"}}},
      {"continuation", "A=a \\\n  b\nB=2\n", {{"A", "a   b"}, {"B", "2"}}},
      {"continuation in quotes", "A=\"a\\\nb\"\n", {{"A", "ab"}}},
      {"no continuation in single quotes", "A='a\\\nb'\n", {{"A", "a\\\nb"}}},
      {"escapes", "A=\\a\\ \\\"\\\\\n", {{"A", "a \"\\"}}},
      {"escaped trailing blank", "A=a\\ \n", {{"A", "a "}}},
      {"backslash at the end", "A=a\\", {{"A", "a"}}},
      {"quoted backslash at the end", "A=\"a\\", {{"A", "a"}}},
      {"control characters", "A=\x01\x1b[2J\n", {{"A", "\x01\x1b[2J"}}},
      {"nul refuses all", "A=1\nB=\0\n"s, {}},
      {"bad utf-8 refuses all", "A=1\nB=\xff\nC=3\n", {}},
      {"bad utf-8 in a name too", "A=1\n\xff=1\n", {}},
      {"bad utf-8 in a comment", "A=1\n# \xff\n", {{"A", "1"}}},
      {"surrogate", "A=1\nB=\xed\xa0\x80\n", {}},
      {"overlong", "A=1\nB=\xc0\x80\n", {}},
      {"noncharacter", "A=1\nB=\xef\xbf\xbe\n", {}},
      {"beyond unicode", "A=1\nB=\xf4\x90\x80\x80\n", {}},
      {"cut utf-8", "A=1\nB=\xe2\x82", {}},
  };
  for (const auto& c : cases)
    EXPECT_EQ(environment_file(c.text), c.expected) << c.name;
}

TEST(EnvironmentFile, CommentThatEndsInABackslash) {
  const char* text = "# x \\\nA=1\nB=2\n";
  EXPECT_EQ(environment_file(text, 252), (Environment{{"B", "2"}}));
  EXPECT_EQ(environment_file(text, 257), (Environment{{"A", "1"}, {"B", "2"}}));
}

TEST(EnvironmentFile, Huge) {
  std::string text;
  for (int i = 0; i < 20000; ++i)
    text += "A" + std::to_string(i) + "=\"" + std::string(20, 'x') + "\"\n";
  EXPECT_EQ(environment_file(text).size(), 20000U);
  EXPECT_EQ(environment_file("A=" + std::string(1000000, 'x')).at("A").size(), 1000000U);
  EXPECT_TRUE(environment_file("A=" + std::string(3000000, 'x')).empty());
  EXPECT_TRUE(environment_file(std::string(1000000, '\\')).empty());
}

TEST(Environment, Assign) {
  Environment environment{{"A", "old"}};
  assign(environment, {"A=new", "B=x=y", "C=", "nothing", "=x", "1=x", "D=\xff", "", "E= a "});
  EXPECT_EQ(environment, (Environment{{"A", "new"}, {"B", "x=y"}, {"C", ""}, {"E", " a "}}));
}

TEST(Environment, Unset) {
  Environment environment{{"A", "1"}, {"B", "2"}, {"C", "3"}, {"D", ""}};
  unset(environment, {"A", "B=2", "C=", "C=33", "D=", "missing", "", "="});
  EXPECT_EQ(environment, (Environment{{"C", "3"}}));
}

struct ExpandCase {
  std::vector<std::string> argv;
  std::vector<std::string> expected;
};

TEST(Expand, Table) {
  const Environment environment{{"A", "1"},
                                {"SPACED", "  -o  Port=22\t-4 "},
                                {"QUOTED", "-o \"Port 22\" 'a b'c \"\" x\\ y"},
                                {"EMPTY", ""},
                                {"BLANK", " \t"},
                                {"OPEN", "a \"b c"},
                                {"LAST", "a\\"},
                                {"DOLLAR", "$A ${A}"}};
  const ExpandCase cases[] = {
      {{}, {}},
      {{"sshd", "-D"}, {"sshd", "-D"}},
      {{"sshd", ""}, {"sshd", ""}},
      {{"sshd", "$SPACED"}, {"sshd", "-o", "Port=22", "-4"}},
      {{"sshd", "${SPACED}"}, {"sshd", "  -o  Port=22\t-4 "}},
      {{"sshd", "$QUOTED"}, {"sshd", "-o", "Port 22", "a bc", "", "x y"}},
      {{"sshd", "$EMPTY", "${EMPTY}", "$BLANK"}, {"sshd", ""}},
      {{"sshd", "$UNSET", "${UNSET}", "-D"}, {"sshd", "", "-D"}},
      {{"sshd", "$OPEN", "$LAST"}, {"sshd", "a", "b c", "a"}},
      {{"sshd", "$DOLLAR"}, {"sshd", "$A", "${A}"}}, // not expanded again
      {{"sshd", "x${A}y${A}${UNSET}z"}, {"sshd", "x1y1z"}},
      {{"sshd", "x$A", "x$A${A}"}, {"sshd", "x$A", "x$A1"}},
      {{"sshd", "$A/b", "$A-b", "$A${A}", "$", "$ A"}, {"sshd"}}, // no variable has such a name
      {{"sshd", "$$", "$$A", "a$$b", "$${A}", "$$$A", "$$$$"},
       {"sshd", "$", "$A", "a$b", "${A}", "$$A", "$$"}},
      {{"sshd", "${A", "${", "${}", "x$", "a$}"}, {"sshd", "${A", "${", "", "x$", "a$}"}},
      {{"sshd", "${A:-b}", "${A:${A}"}, {"sshd", "${A:-b}", "${A:1"}},
      {{"$A", "$SPACED"}, {"1", "-o", "Port=22", "-4"}}, // argv[0] too
  };
  for (const auto& c : cases) {
    EXPECT_EQ(expand({"/usr/sbin/sshd", c.argv, false}, environment), c.expected)
        << testing::PrintToString(c.argv);
  }
}

TEST(Expand, ColonPrefixKeepsAll) {
  const std::vector<std::string> argv{"sshd", "$A", "${A}", "$$"};
  EXPECT_EQ(expand({"/usr/sbin/sshd", argv, true}, {{"A", "1"}}), argv);
}

TEST(Expand, DebianAndRedHat) {
  const auto debian = environment_file("SSHD_OPTS=\"-o 'Banner none' -4\"\n");
  EXPECT_EQ(expand({"/usr/sbin/sshd", {"/usr/sbin/sshd", "-D", "$SSHD_OPTS"}, false}, debian),
            (std::vector<std::string>{"/usr/sbin/sshd", "-D", "-o", "Banner none", "-4"}));
  EXPECT_EQ(expand({"/usr/sbin/sshd", {"/usr/sbin/sshd", "-D", "$OPTIONS"}, false}, {}),
            (std::vector<std::string>{"/usr/sbin/sshd", "-D"}));
}

} // namespace
} // namespace sshguardd::parse
