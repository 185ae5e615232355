#include "parse/fstab.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

TEST(Fstab, names_the_mount_point_of_a_path) {
  const char* fstab = "# /dev/old /home ext4\n"
                      "UUID=1 / ext4 errors=remount-ro 0 1\n"
                      "UUID=2\t/home/ ext4 defaults 0 2\n"
                      "UUID=3 none swap sw 0 0\n"
                      "UUID=4 /home/big xfs nofail\n"
                      "UUID=5 /media/usb auto user,noauto 0 0\n"
                      "server:/x /srv/my\\040homes nfs4 _netdev 0 0\n"
                      "broken\n/also/broken";
  struct {
    const char* path;
    const char* mount;
  } const rows[] = {
      {"/home/alice", "/home"},
      {"/home", "/home"},
      {"/home/big/bob", "/home/big"},
      {"/home/bigger", "/home"},
      {"/homes/alice", ""},
      {"/root", ""},
      {"/media/usb/alice", ""},
      {"/srv/my homes/a", "/srv/my homes"},
      {"", ""},
      {"none", ""},
  };
  for (const auto& row : rows)
    EXPECT_EQ(mount_point_of(fstab, row.path), row.mount) << row.path;
  EXPECT_EQ(mount_point_of("", "/home/alice"), "");
  EXPECT_EQ(mount_point_of(std::string(100'000, '/'), "/home/alice"), "");
}

TEST(Fstab, has_the_options_of_an_entry) {
  const auto entries =
      fstab("UUID=1 / ext4 errors=remount-ro 0 1\n/dev/sdb /usr/ squashfs ro\nbroken\n");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].point, "/");
  EXPECT_EQ(entries[0].options, "errors=remount-ro");
  EXPECT_EQ(entries[1].point, "/usr");
  EXPECT_EQ(entries[1].type, "squashfs");
}

} // namespace
} // namespace sshguardd::parse
