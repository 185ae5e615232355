// The answers of IncludePatterns.Table were compared with what sshd 9.2 and 10.0 say under -ddd.
#include "parse/sshd_config.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sshguardd::parse {
namespace {

using namespace std::string_literals;
using Words = std::vector<std::string>;

struct IncludeCase {
  std::string text;
  Words expected;
};

TEST(IncludePatterns, Table) {
  const IncludeCase cases[] = {
      {"", {}},
      {"\n\n", {}},
      {"Include /etc/ssh/sshd_config.d/*.conf\n", {"/etc/ssh/sshd_config.d/*.conf"}},
      {"Include a", {"/etc/ssh/a"}}, // no final newline
      {"include a\nINCLUDE b\nInClUdE c\n", {"/etc/ssh/a", "/etc/ssh/b", "/etc/ssh/c"}},
      {"Include a.conf /b/*.conf\tc", {"/etc/ssh/a.conf", "/b/*.conf", "/etc/ssh/c"}},
      {"Include=a\nInclude = b\nInclude= c\nInclude =d\n",
       {"/etc/ssh/a", "/etc/ssh/b", "/etc/ssh/c", "/etc/ssh/d"}},
      {"Include == a\n", {"/etc/ssh/=", "/etc/ssh/a"}},
      {"=Include a\n", {"/etc/ssh/a"}},
      {" \tInclude a \t\f\r\n", {"/etc/ssh/a"}},
      {"Include a\r\nInclude b\r\n", {"/etc/ssh/a", "/etc/ssh/b"}},
      {"\fInclude a\n", {}}, // form feed only at the end
      {"\"Include\" a\nIn\"clude\" b\n", {"/etc/ssh/a", "/etc/ssh/b"}},
      {"\"Include a\n", {}},
      {"Include \"a b\" 'c d' e\\ f g\"h\"i\n",
       {"/etc/ssh/a b", "/etc/ssh/c d", "/etc/ssh/e f", "/etc/ssh/ghi"}},
      {"Include \"a\\\"b\" 'c\\'d' \\\\e \\x\n",
       {"/etc/ssh/a\"b", "/etc/ssh/c'd", "/etc/ssh/\\e", "/etc/ssh/\\x"}},
      {"Include a # b\nInclude c#d\n#Include e\n # Include f\n", {"/etc/ssh/a", "/etc/ssh/c#d"}},
      {"Include \"a\nInclude b\n", {"/etc/ssh/b"}}, // unbalanced: sshd refuses the file
      {"Include a \"\" b\n", {"/etc/ssh/a"}},
      {"Include\nInclude \nInclude #\n", {}},
      {"Match user bob\n  Include m/*.conf\n", {"/etc/ssh/m/*.conf"}},
      {"Include ~/a\n", {"/~/a"}},
      {"Port 22\nIncluded a\nInc a\nInclude-a b\n", {}},
      {"\xef\xbb\xbfInclude a\n", {}},
      {"Include \xc3\xbc\xff\n", {"/etc/ssh/\xc3\xbc\xff"}},
      {"Include a\0junk\nInclude b\n"s, {"/etc/ssh/aInclude", "/etc/ssh/b"}},
      {"Include a\0"s, {"/etc/ssh/a"}},
      {"\0\0\n\0"s, {}},
      {"Include ../a\n", {"/etc/ssh/../a"}},
      {"Include a\\", {"/etc/ssh/a\\"}},
  };
  for (const auto& c : cases)
    EXPECT_EQ(include_patterns(c.text), c.expected) << c.text;
}

TEST(IncludePatterns, Huge) {
  EXPECT_EQ(include_patterns("Include " + std::string(1000000, 'a')).size(), 1U);
  std::string many = "Include";
  for (int i = 0; i < 100000; ++i)
    many += " a";
  EXPECT_EQ(include_patterns(many).size(), 100000U);
  EXPECT_TRUE(include_patterns(std::string(1000000, '\n')).empty());
  EXPECT_TRUE(include_patterns(std::string(1000000, '"')).empty());
}

TEST(FixedDirectory, Table) {
  const struct {
    const char* pattern;
    const char* expected;
  } cases[] = {
      {"/etc/ssh/sshd_config.d/*.conf", "/etc/ssh/sshd_config.d"},
      {"/etc/ssh/extra.conf", "/etc/ssh"},
      {"/etc/ssh/*/x.conf", "/etc/ssh"},
      {"/etc/ssh/a?/b/c", "/etc/ssh"},
      {"/etc/s[s]h/x", "/etc"},
      {"/etc/ssh/a\\*b/c", "/etc/ssh"},
      {"/etc//ssh//*.conf", "/etc//ssh"},
      {"/etc/ssh/", "/etc/ssh"},
      {"/*", "/"},
      {"/a", "/"},
      {"/", "/"},
      {"//", "/"},
      {"///*", "/"},
      {"", "/"},
      {"*", "/"},
      {"relative/x", "relative"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(fixed_directory(c.pattern), c.expected) << c.pattern;
}

TEST(HostKeyFiles, Table) {
  const IncludeCase cases[] = {
      {"", {}},
      {"HostKey /etc/ssh/a\nhostkey=/b\n HOSTKEY \"/c d\" # one\n", {"/etc/ssh/a", "/b", "/c d"}},
      {"#HostKey /etc/ssh/a\nHostKeyAlgorithms /x\nHostKey none\nHostKey\n", {}},
      {"HostKey keys/host\n", {"/keys/host"}}, // a service's working directory
      {"HostKey /a /b\n", {"/a"}},             // one a line
      {"HostKey \"/open\n", {}},
  };
  for (const IncludeCase& row : cases)
    EXPECT_EQ(host_key_files(row.text), row.expected) << row.text;
}

} // namespace
} // namespace sshguardd::parse
