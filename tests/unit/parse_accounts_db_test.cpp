#include "parse/accounts_db.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

TEST(PeopleRange, is_login_defs_own) {
  EXPECT_EQ(people_range(""), (PeopleRange{1000, 60'000}));
  EXPECT_EQ(people_range("# UID_MIN 1\nUID_MIN\t\t 500\nSYS_UID_MIN 100\nUID_MAX 2000\n"),
            (PeopleRange{500, 2000}));
  EXPECT_EQ(people_range("  UID_MIN \"2000\"\nUID_MAX 0xffff"), (PeopleRange{2000, 65'535}));
  EXPECT_EQ(people_range("UID_MIN 01750\r\n"), (PeopleRange{1000, 60'000}));
  EXPECT_EQ(people_range("UID_MIN 1000x\nUID_MAX -1\nUID_MIN\nUID_MAX 4294967296"),
            (PeopleRange{1000, 60'000}));
  const PeopleRange range;
  EXPECT_FALSE(range.has(0) || range.has(999) || range.has(60'001) || range.has(65'534));
  EXPECT_TRUE(range.has(1000) && range.has(60'000));
}

TEST(SudoersNames, of_those_whom_provisioning_made) {
  EXPECT_EQ(sudoers_names("# Created by cloud-init v. 22.4.2 on Sat, 21 Nov 2026 03:12:07 +0000\n\n"
                          "# User rules for debian\ndebian ALL=(ALL) NOPASSWD:ALL\n"),
            std::vector<std::string>{"debian"});
  EXPECT_EQ(sudoers_names("azureuser ALL=(ALL) NOPASSWD: ALL"),
            std::vector<std::string>{"azureuser"});
  EXPECT_TRUE(sudoers_names("%sudo ALL=(ALL) ALL\n!bob ALL=(ALL)\nDefaults x\nUser_Alias A=b\n"
                            "carol host=(ALL) ALL\ndave\n\"eve\\ x\" ALL=\n+g ALL=(ALL)\n")
                  .empty());
}

} // namespace
} // namespace sshguardd::parse
