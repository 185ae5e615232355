#include "parse/sshd_helpers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sshguardd::test {

TEST(SshdHelpers, ArePathsInTheBinary) {
  using namespace std::string_literals;
  using Paths = std::vector<std::string>;
  struct Row {
    const char* name;
    std::string binary;
    Paths helpers;
  };
  const Row rows[] = {
      {"nothing", "", {}},
      {"before 9.8",
       "\x7f"
       "ELF\0/usr/sbin/sshd\0sshd\0"s,
       {}},
      {"9.8", "\0/usr/lib/openssh/sshd-session\0x"s, {"/usr/lib/openssh/sshd-session"}},
      {"10.0",
       "a\0/usr/libexec/openssh/sshd-auth\0b\0/usr/libexec/openssh/sshd-session\0"s,
       {"/usr/libexec/openssh/sshd-session", "/usr/libexec/openssh/sshd-auth"}},
      {"a name without a folder", "\0/sshd-session\0sshd-session\0"s, {}},
      {"no path", "\0see lib/sshd-session\0"s, {}},
      {"a path with a blank", "\0/usr/my lib/sshd-session\0"s, {}},
      {"a line end in it", "\0/usr/\nlib/sshd-session\0"s, {}},
      {"without an end", "\0/usr/lib/sshd-session"s, {}},
      {"without a beginning", "/usr/lib/sshd-session\0"s, {}},
      {"the second one counts",
       "\0oops/sshd-session\0\0/usr/lib/ssh/sshd-session\0"s,
       {"/usr/lib/ssh/sshd-session"}},
      {"longer than a path", "\0/"s + std::string(5000, 'a') + "/sshd-session\0"s, {}},
  };
  for (const Row& row : rows)
    EXPECT_EQ(parse::sshd_helpers(row.binary), row.helpers) << row.name;
}

} // namespace sshguardd::test
