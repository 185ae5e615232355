#include "parse/mountinfo.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

TEST(Mountinfo, has_both_kinds_of_options) {
  const auto mounts = mountinfo(
      "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 ro,errors=remount-ro\n"
      "26 22 0:41 /@home /srv/with\\040blank ro master:1 propagate_from:2 - btrfs /dev/sdb rw\n");
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].device, "8:1");
  EXPECT_EQ(mounts[0].point, "/");
  EXPECT_EQ(mounts[0].options, "rw,relatime");
  EXPECT_EQ(mounts[0].super, "ro,errors=remount-ro");
  EXPECT_EQ(mounts[0].source, "/dev/sda1");
  EXPECT_EQ(mounts[1].root, "/@home");
  EXPECT_EQ(mounts[1].point, "/srv/with blank");
  EXPECT_EQ(mounts[1].type, "btrfs");
}

TEST(Mountinfo, passes_over_what_is_no_line) {
  for (const char* text : {"", "\n", "not a line", "1 2 3:4 / relative rw - ext4 x rw", " - ", "- ",
                           "22 1 8:1 / / rw - "})
    EXPECT_LE(mountinfo(text).size(), 1U) << text;
  EXPECT_TRUE(mountinfo(std::string(100'000, ' ')).empty());
  EXPECT_EQ(unescape_mount("a\\040b\\"), "a b\\");
  EXPECT_EQ(unescape_mount("\\09"), "\\09");
}

TEST(Mountinfo, options_are_whole_words) {
  EXPECT_TRUE(has_option("rw,ro", "ro"));
  EXPECT_TRUE(has_option("ro", "ro"));
  EXPECT_FALSE(has_option("rw,errors=remount-ro", "ro"));
  EXPECT_FALSE(has_option("", "ro"));
}

} // namespace
} // namespace sshguardd::parse
