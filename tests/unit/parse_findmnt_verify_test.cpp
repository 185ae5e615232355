#include "parse/findmnt_verify.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

// As util-linux 2.38 prints it.
TEST(FindmntVerify, has_messages_by_target) {
  const auto messages = findmnt_verify(
      "/data\n"
      "   [E] unreachable on boot required source: UUID=1-2\n"
      "/da ta\n"
      "   [W] target specified more than once\n"
      "   [E] unreachable on boot required target: No such file or directory\n"
      "   [W] your fstab has been modified, but systemd still uses the old version;\n"
      "       use 'systemctl daemon-reload' to reload\n");
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[0].target, "/data");
  EXPECT_TRUE(messages[0].error);
  EXPECT_EQ(messages[0].text, "unreachable on boot required source: UUID=1-2");
  EXPECT_EQ(messages[1].target, "/da ta");
  EXPECT_FALSE(messages[1].error);
  EXPECT_EQ(messages[3].target, "/da ta") << "printed below the last one";
}

TEST(FindmntVerify, takes_anything) {
  EXPECT_TRUE(findmnt_verify("").empty());
  EXPECT_TRUE(findmnt_verify("Success, no errors or warnings detected\n").empty());
  const auto alone = findmnt_verify("   [E] undefined target (fs_file)");
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_EQ(alone[0].target, "");
  EXPECT_TRUE(findmnt_verify("   [?] x\n   x\n").empty());
  std::string flood;
  for (int i = 0; i < 2000; ++i)
    flood += "   [W] x\n";
  EXPECT_EQ(findmnt_verify(flood).size(), most_verify_messages);
}

TEST(FindmntVerify, has_lines_that_are_passed_over) {
  EXPECT_EQ(findmnt_parse_errors("findmnt: /etc/fstab: parse error at line 9 -- ignored\n"
                                 "findmnt: /etc/fstab: parse error at line 10 -- ignored\n\n"
                                 "2 parse errors, 17 errors, 14 warnings\n"),
            (std::vector<unsigned>{9, 10}));
  EXPECT_TRUE(findmnt_parse_errors(": parse error at line \n: parse error at line x\n"
                                   ": parse error at line 0\n"
                                   ": parse error at line 99999999999999999999\n")
                  .empty());
}

} // namespace
} // namespace sshguardd::parse
