#include "engine/room_views.hpp"

#include <gtest/gtest.h>

namespace sshguardd::engine {
namespace {

RoomViews views(const char* table, const char* mount = "/") {
  return room_views(parse::mountinfo(table), mount);
}
std::vector<std::string> points(const RoomViews& found) {
  std::vector<std::string> all;
  all.reserve(found.views.size());
  for (const RoomView& view : found.views)
    all.push_back(view.point);
  return all;
}
using List = std::vector<std::string>;

TEST(RoomViews, one_mount_is_one_view_without_what_is_mounted_below) {
  const RoomViews found = views("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                                "2 1 0:5 / /proc rw - proc proc rw\n"
                                "3 1 8:2 / /home rw - ext4 /dev/sda2 rw\n"
                                "4 1 8:1 /usr /usr ro - ext4 /dev/sda1 rw\n"
                                "5 1 8:1 /srv/data /opt/data rw - ext4 /dev/sda1 rw\n");
  EXPECT_TRUE(found.all);
  EXPECT_EQ(points(found), List{"/"}) << "what is bound is seen where it lies";
  EXPECT_EQ(found.views[0].apart, (MountPoints{"/proc", "/home", "/opt/data"}))
      << "/usr is bound to itself";
}

TEST(RoomViews, subvolumes_are_walked_where_they_are_mounted) {
  const RoomViews found = views("1 0 0:30 /@/.snapshots/1/snapshot / rw - btrfs /dev/sda1 rw\n"
                                "2 1 0:30 /@/.snapshots /.snapshots rw - btrfs /dev/sda1 rw\n"
                                "3 1 0:30 /@/var /var rw - btrfs /dev/sda1 rw\n"
                                "4 1 0:30 /@/home /home rw - btrfs /dev/sda1 rw\n"
                                "5 1 0:30 /@/usr/local /usr/local rw - btrfs /dev/sda1 rw\n"
                                "6 1 8:2 / /boot/efi rw - vfat /dev/sda2 rw\n"
                                "7 3 0:30 /@/var /var ro - btrfs /dev/sda1 rw\n");
  EXPECT_TRUE(found.all);
  EXPECT_EQ(points(found), (List{"/", "/.snapshots", "/home", "/var", "/usr/local"}));
  EXPECT_EQ(found.views[0].apart,
            (MountPoints{"/.snapshots", "/var", "/home", "/usr/local", "/boot/efi"}));
  EXPECT_EQ(found.views[1].apart, MountPoints{"/.snapshots/1/snapshot"}) << "walked as /";
  EXPECT_EQ(found.views[3].id, "7") << "the one that lies above";
}

TEST(RoomViews, ostrees_var_has_its_own_name) {
  const RoomViews found = views("1 0 8:3 /ostree/deploy/os/deploy/1.0 / rw - xfs /dev/sda3 rw\n"
                                "2 1 8:3 / /sysroot ro - xfs /dev/sda3 rw\n"
                                "3 1 8:3 /ostree/deploy/os/var /var rw - xfs /dev/sda3 rw\n");
  EXPECT_EQ(points(found), (List{"/", "/var", "/sysroot"}));
  EXPECT_EQ(found.views[2].apart,
            (MountPoints{"/sysroot/ostree/deploy/os/deploy/1.0", "/sysroot/ostree/deploy/os/var"}));
}

TEST(RoomViews, what_lies_under_another_mount_is_seen_elsewhere) {
  const RoomViews found = views("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                                "2 1 0:9 / /data rw - tmpfs tmpfs rw\n"
                                "3 1 8:1 /data/old /mnt/old rw - ext4 /dev/sda1 rw\n");
  EXPECT_EQ(points(found), (List{"/", "/mnt/old"}));
}

TEST(RoomViews, nothing_is_opened_behind_a_server) {
  const RoomViews found = views("1 0 0:30 /@ / rw - btrfs /dev/sda1 rw\n"
                                "2 1 0:44 / /net rw - nfs4 server:/ rw\n"
                                "3 2 0:30 /@data /net/data rw - btrfs /dev/sda1 rw\n");
  EXPECT_EQ(points(found), List{"/"});
  EXPECT_FALSE(found.all);
}

TEST(RoomViews, are_bounded) {
  std::string table = "1 0 0:30 /@ / rw - btrfs /dev/sda1 rw\n";
  for (int i = 0; i < 5000; ++i)
    table += "2 1 0:30 /@/s" + std::to_string(i) + " /x" + std::to_string(i) +
             " rw - btrfs /dev/sda1 rw\n3 1 0:30 /s" + std::to_string(i) + " /y" +
             std::to_string(i) + " rw - btrfs /dev/sda1 rw\n";
  const RoomViews found = views(table.c_str());
  EXPECT_EQ(found.views.size(), most_room_views);
  EXPECT_FALSE(found.all);
  EXPECT_TRUE(found.views[1].point.starts_with("/y")) << "not what / shows";
}

TEST(RoomViews, a_directory_is_itself_alone) {
  const char* table = "1 0 0:30 /@ / rw - btrfs /dev/sda1 rw\n"
                      "2 1 0:30 /@var /var rw - btrfs /dev/sda1 rw\n"
                      "3 1 0:30 /@log /srv/x/log rw - btrfs /dev/sda1 rw\n";
  const RoomViews found = views(table, "/srv/x");
  EXPECT_EQ(points(found), List{"/srv/x"});
  EXPECT_EQ(found.views[0].apart, MountPoints{"/srv/x/log"});
  EXPECT_EQ(points(views("", "/srv")), List{"/srv"});
}

} // namespace
} // namespace sshguardd::engine
