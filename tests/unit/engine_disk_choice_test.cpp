#include "engine/disk_choice.hpp"

#include <gtest/gtest.h>

namespace sshguardd::engine {
namespace {

std::vector<FileSystem> choose(const char* mountinfo, const char* fstab = "",
                               const std::vector<std::string>& homes = {},
                               const Config& config = {}) {
  const auto mounts = parse::mountinfo(mountinfo);
  auto needed = needed_paths(mounts);
  for (const std::string& home : needed_homes(homes, mounts))
    needed.push_back({home, home, true});
  return choose_file_systems(mounts, parse::fstab(fstab), needed, config);
}

const FileSystem* find(const std::vector<FileSystem>& chosen, const std::string& mount) {
  for (const FileSystem& one : chosen) {
    if (one.mount == mount) return &one;
  }
  return nullptr;
}

TEST(DiskChoice, takes_each_file_system_once_and_leaves_data_disks) {
  const auto chosen = choose("22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
                             "23 22 0:21 / /proc rw - proc proc rw\n"
                             "24 22 0:22 / /run rw - tmpfs tmpfs rw\n"
                             "25 22 8:2 / /boot rw - ext4 /dev/sda2 rw\n"
                             "26 22 8:1 /srv/x /home rw - ext4 /dev/sda1 rw\n"
                             "27 22 8:16 / /data rw - xfs /dev/sdb rw\n"
                             "28 22 8:32 / /var/log rw - ext4 /dev/sdc rw\n");
  ASSERT_EQ(chosen.size(), 4U);
  EXPECT_EQ(chosen[0].mount, "/");
  EXPECT_EQ(chosen[0].device, "8:1");
  EXPECT_EQ(chosen[0].holds.front(), "/");
  EXPECT_TRUE(chosen[0].vital);
  EXPECT_EQ(chosen[1].mount, "/boot");
  EXPECT_FALSE(chosen[1].vital);
  EXPECT_EQ(chosen[2].mount, "/run");
  EXPECT_EQ(chosen[3].mount, "/var/log");
  EXPECT_EQ(find(chosen, "/data"), nullptr);
}

TEST(DiskChoice, takes_the_homes_of_people_wherever_they_are) {
  const char* table = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
                      "27 22 8:16 / /data rw - xfs /dev/sdb rw\n"
                      "28 22 8:17 / /srv/bob rw - xfs /dev/sdc rw\n"
                      "29 22 0:30 / /home rw - nfs4 server:/home rw\n";
  const auto chosen = choose(table, "", {"/data/home/alice", "/srv/bob", "/", "", "relative"});
  ASSERT_NE(find(chosen, "/data"), nullptr);
  EXPECT_EQ(find(chosen, "/data")->holds, std::vector<std::string>{"/data/home"});
  EXPECT_TRUE(find(chosen, "/data")->vital);
  ASSERT_NE(find(chosen, "/srv/bob"), nullptr);
  EXPECT_EQ(find(chosen, "/srv/bob")->holds, std::vector<std::string>{"/srv/bob"});
  ASSERT_NE(find(chosen, "/home"), nullptr);
  EXPECT_EQ(find(chosen, "/home")->space.why(), "nfs4, which may not answer");
}

TEST(DiskChoice, knows_what_is_read_only_by_design) {
  struct Row {
    const char* what;
    const char* mount;
    const char* fstab;
    bool read_only, by_design, was_writable;
  } const rows[] = {
      {"writable", "- ext4 /dev/sda1 rw", "", false, false, true},
      {"read-only, and nobody says otherwise", "- ext4 /dev/sda1 ro", "", true, false, false},
      {"fstab wants it writable", "- ext4 /dev/sda1 ro,errors=remount-ro",
       "UUID=1 / ext4 errors=remount-ro 0 1", true, false, true},
      {"by any type", "- ext4 /dev/sda1 ro", "UUID=1 / auto defaults 0 1", true, false, true},
      {"fstab wants it so", "- ext4 /dev/sda1 ro", "UUID=1 / ext4 ro 0 1", true, true, false},
      {"an image", "- squashfs /dev/loop0 ro", "UUID=1 / squashfs defaults 0 0", true, true, false},
      {"ostree: the table names what lies beneath", "- overlay composefs ro",
       "UUID=1 / btrfs subvol=root 0 0", true, false, false},
      {"an error, and the kernel keeps the word", "- ext4 /dev/sda1 rw,emergency_ro", "", true,
       false, true},
      {"errors=remount-ro alone is none", "- ext4 /dev/sda1 rw,errors=remount-ro", "", false, false,
       true},
  };
  for (const Row& row : rows) {
    // The mount's own option says nothing: units have their own view (ProtectSystem=).
    for (const char* view : {"rw", "ro"}) {
      const auto chosen =
          choose((std::string{"22 1 8:1 / / "} + view + " " + row.mount).c_str(), row.fstab);
      ASSERT_EQ(chosen.size(), 1U) << row.what;
      EXPECT_EQ(chosen[0].read_only, row.read_only) << row.what;
      EXPECT_EQ(chosen[0].read_only_by_design, row.by_design) << row.what;
      EXPECT_EQ(chosen[0].was_writable, row.was_writable) << row.what;
    }
  }
}

TEST(DiskChoice, has_lines_of_their_own) {
  Config config;
  config.disk_warning = 80;
  config.disk_mounts = {{.path = "/var/log", .warning = 95}, {.path = "/", .critical_bytes = 5}};
  const auto chosen = choose("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
                             "23 22 8:2 / /var rw - ext4 /dev/sda2 rw\n",
                             "", {}, config);
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[0].lines.warning, 80U);
  EXPECT_EQ(chosen[0].lines.critical_bytes, 5U);
  EXPECT_EQ(chosen[1].lines.warning, 95U) << "what is needed of it may be named as well";
  EXPECT_EQ(chosen[1].lines.critical_bytes, DiskLines{}.critical_bytes);
}

// Six names are told of what lies on one; lines may be configured for any of it.
TEST(DiskChoice, has_the_lines_of_whatever_lies_on_it) {
  Config config;
  config.disk_mounts = {{.path = "/srv/homes", .warning = 2}};
  const char* table = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
  const auto chosen = choose(table, "", {"/srv/homes/bob"}, config);
  ASSERT_EQ(chosen.size(), 1U);
  EXPECT_EQ(chosen[0].lines.warning, 2U);
  EXPECT_EQ(chosen[0].holds.size(), 6U);
  config.disk_mounts = {{.path = "/boot", .warning = 3}};
  EXPECT_EQ(choose(table, "", {}, config)[0].lines.warning, 3U);
  config.disk_mounts = {{.path = "/srv/other", .warning = 4}};
  EXPECT_EQ(choose(table, "", {}, config)[0].lines.warning, DiskLines{}.warning);
}

// auditd may halt the machine for it.
TEST(DiskChoice, takes_audit_logs_that_have_a_file_system) {
  const std::string table = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
  EXPECT_EQ(choose(table.c_str()).size(), 1U);
  const auto chosen =
      choose((table + "23 22 8:2 / /var/log/audit rw - ext4 /dev/sda2 rw\n").c_str());
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[1].mount, "/var/log/audit");
  EXPECT_TRUE(chosen[1].vital);
}

TEST(DiskChoice, is_bounded) {
  std::string table = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
  std::vector<std::string> homes;
  for (int i = 0; i < 1000; ++i) {
    const std::string number = std::to_string(i);
    homes.push_back("/home/u" + number);
    table += "23 22 9:" + number + " / /home/u" + number + " rw - ext4 /dev/x" + number + " rw\n";
  }
  EXPECT_EQ(choose(table.c_str(), "", homes).size(), most_file_systems);
  EXPECT_TRUE(choose("").empty());
}

} // namespace
} // namespace sshguardd::engine
