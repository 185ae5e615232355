#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr std::uint64_t gib = 1ULL << 30;
constexpr std::uint64_t mib = 1ULL << 20;

// A root of 20 GiB that fills its partition, which fills its disk.
RoomBelow root() {
  RoomBelow below;
  below.mount = "/";
  below.type = "ext4";
  below.source = "/dev/sda1";
  below.number = "8:1";
  below.growpart = "/usr/bin/growpart";
  below.grow_program = "/usr/sbin/resize2fs";
  below.total = 20 * gib - 700 * mib;
  below.inodes = 1'310'720;
  below.block = {.device = "/dev/sda1",
                 .size = 20 * gib,
                 .disk = "/dev/sda",
                 .number = 1,
                 .behind = mib,
                 .last = true};
  return below;
}

// The same on a volume that fills its group.
RoomBelow volume() {
  RoomBelow below = root();
  below.source = "/dev/mapper/vg-root";
  below.block = {};
  below.volume = true;
  below.volume_size = 20 * gib;
  below.volumes = 22 * gib; // with its swap
  below.disks = {{.device = "/dev/sda3",
                  .size = 22 * gib + 2 * mib,
                  .disk = "/dev/sda",
                  .number = 3,
                  .behind = 0}};
  return below;
}

std::vector<Finding> told(const RoomBelow& below) {
  Snapshot snapshot = healthy();
  snapshot.mounts = MountFacts{.fstab = {}, .unreadable = {}, .ephemeral = {}, .room = {below}};
  return run("disk.unclaimed", snapshot);
}

TEST(DiskUnclaimed, has_the_commands) {
  struct Row {
    const char* what;
    std::function<void(RoomBelow&)> how;
    const char* fix; // nullptr: nothing is told
  };
  const Row rows[] = {
      {"all is taken", [](RoomBelow&) {}, nullptr},
      {"the disk has grown", [](RoomBelow& one) { one.block.behind = 10 * gib; },
       "growpart /dev/sda 1 && resize2fs /dev/sda1"},
      {"... under xfs", [](RoomBelow& one) { one.type = "xfs", one.block.behind = 10 * gib; },
       "growpart /dev/sda 1 && xfs_growfs /"},
      {"... under btrfs", [](RoomBelow& one) { one.type = "btrfs", one.block.behind = 10 * gib; },
       "growpart /dev/sda 1 && btrfs filesystem resize max /"},
      {"... under something else",
       [](RoomBelow& one) { one.type = "jfs", one.block.behind = 10 * gib; }, nullptr},
      {"... by a little", [](RoomBelow& one) { one.block.behind = 900 * mib; }, nullptr},
      {"... behind a logical partition",
       [](RoomBelow& one) { one.block.behind = 10 * gib, one.block.logical = true; }, nullptr},
      {"the partition has grown", [](RoomBelow& one) { one.block.size = 30 * gib; },
       "resize2fs /dev/sda1"},
      {"both have", [](RoomBelow& one) { one.block.size = 30 * gib, one.block.behind = 5 * gib; },
       "growpart /dev/sda 1 && resize2fs /dev/sda1"},
      {"a disk without partitions",
       [](RoomBelow& one) { one.block = {.device = "/dev/vdb", .size = 30 * gib, .disk = {}}; },
       "resize2fs /dev/vdb"},
      {"many inodes take what seems to be free",
       [](RoomBelow& one) { one.block.size = 25 * gib, one.inodes = 20'000'000; }, nullptr},
      {"a btrfs of two disks is larger than one",
       [](RoomBelow& one) { one.type = "btrfs", one.total = 60 * gib; }, nullptr},
      {"nobody could look", [](RoomBelow& one) { one.total = 0, one.block.behind = 10 * gib; },
       nullptr},
      {"a mount with a blank",
       [](RoomBelow& one) {
         one.mount = "/my home";
         one.type = "xfs";
         one.block.behind = 10 * gib;
       },
       "growpart /dev/sda 1 && xfs_growfs '/my home'"},
  };
  for (const Row& row : rows) {
    RoomBelow below = root();
    row.how(below);
    const auto findings = told(below);
    ASSERT_EQ(findings.size(), row.fix == nullptr ? 0U : 1U) << row.what;
    if (row.fix == nullptr) continue;
    EXPECT_EQ(findings.front().fix.front(), row.fix) << row.what;
    EXPECT_EQ(findings.front().severity, Severity::warning);
    EXPECT_EQ(findings.front().when, When::soon);
    EXPECT_EQ(findings.front().sees, Sees::none);
  }
}

TEST(DiskUnclaimed, knows_volumes) {
  const std::string extend = "lvextend -r -l +100%FREE /dev/mapper/vg-root";
  struct Row {
    const char* what;
    std::function<void(RoomBelow&)> how;
    std::string fix;
  };
  const Row rows[] = {
      {"all is taken", [](RoomBelow&) {}, ""},
      {"the group has room", [](RoomBelow& one) { one.volumes = 12 * gib; },
       "pvresize /dev/sda3 && " + extend},
      {"the disk has grown", [](RoomBelow& one) { one.disks[0].behind = 10 * gib; },
       "growpart /dev/sda 3 && pvresize /dev/sda3 && " + extend},
      {"the volume has grown", [](RoomBelow& one) { one.volume_size = 30 * gib; },
       "resize2fs /dev/mapper/vg-root"},
      {"more volumes than disks: they cannot be told",
       [](RoomBelow& one) { one.volumes = 90 * gib; }, ""},
      {"no disks", [](RoomBelow& one) { one.disks.clear(); }, ""},
  };
  for (const Row& row : rows) {
    RoomBelow below = volume();
    row.how(below);
    const auto findings = told(below);
    ASSERT_EQ(findings.size(), row.fix.empty() ? 0U : 1U) << row.what;
    if (!row.fix.empty()) {
      EXPECT_EQ(findings.front().fix.front(), row.fix) << row.what;
    }
  }
}

TEST(DiskUnclaimed, says_how_much_and_where) {
  RoomBelow below = root();
  below.block.behind = 10 * gib;
  const auto findings = told(below);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().summary, "/ is short while 10 GiB are unused behind /dev/sda1");
  EXPECT_EQ(findings.front().evidence[1].value, "20 GiB, 10 GiB behind it on /dev/sda");
  Snapshot unknown = healthy();
  EXPECT_TRUE(run("disk.unclaimed", unknown).empty());
}

TEST(DiskUnclaimed, offers_to_grow_what_is_simple) {
  struct Row {
    const char* what;
    std::function<void(RoomBelow&)> how;
    const char* device; // that is to grow first; "-": none; nullptr: nothing is offered
  };
  const Row rows[] = {
      {"behind a partition", [](RoomBelow&) {}, "/dev/sda"},
      {"... of xfs", [](RoomBelow& one) { one.type = "xfs"; }, "/dev/sda"},
      {"in the partition", [](RoomBelow& one) { one.block.behind = 0, one.block.size = 30 * gib; },
       "-"},
      {"... which others follow",
       [](RoomBelow& one) {
         one.block.behind = 0, one.block.last = false, one.block.size = 30 * gib;
       },
       "-"},
      {"a whole disk",
       [](RoomBelow& one) { one.block = {.device = "/dev/vdb", .size = 30 * gib, .disk = {}}; },
       "-"},
      {"another partition follows", [](RoomBelow& one) { one.block.last = false; }, nullptr},
      {"a disk of disks", [](RoomBelow& one) { one.block.plain = false; }, nullptr},
      {"read-only", [](RoomBelow& one) { one.read_only = true; }, nullptr},
      {"btrfs", [](RoomBelow& one) { one.type = "btrfs"; }, nullptr},
      {"ext3", [](RoomBelow& one) { one.type = "ext3"; }, nullptr},
      {"a blank in the mount", [](RoomBelow& one) { one.mount = "/my home"; }, nullptr},
      {"a variable of systemd", [](RoomBelow& one) { one.mount = "/h$HOME"; }, nullptr},
      {"a specifier of systemd", [](RoomBelow& one) { one.mount = "/h%h"; }, nullptr},
      {"a device that is an option", [](RoomBelow& one) { one.block.device = "-f"; }, nullptr},
      {"a line in the disk's name", [](RoomBelow& one) { one.block.disk = "/dev/a\nb"; }, nullptr},
      {"no number", [](RoomBelow& one) { one.number.clear(); }, nullptr},
  };
  for (const Row& row : rows) {
    RoomBelow below = root();
    below.block.behind = 10 * gib;
    row.how(below);
    const auto findings = told(below);
    ASSERT_EQ(findings.size(), 1U) << row.what;
    const auto& remedy = findings.front().remedy;
    ASSERT_EQ(remedy.has_value(), row.device != nullptr) << row.what;
    if (!remedy) continue;
    const auto& growth = std::get<GrowFileSystem>(*remedy);
    EXPECT_EQ(growth.grow_device ? growth.disk : "-", row.device) << row.what;
    EXPECT_EQ(growth.device, below.block.device) << row.what;
    EXPECT_EQ(growth.total, below.total) << row.what;
  }
  RoomBelow lvm = volume();
  lvm.volume_size = 30 * gib;
  const auto findings = told(lvm);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_FALSE(findings.front().remedy);
}

TEST(DiskUnclaimed, says_what_is_not_installed) {
  RoomBelow below = root();
  below.block.behind = 10 * gib;
  below.growpart.clear();
  const auto findings = told(below);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().fix.front(), "growpart /dev/sda 1 && resize2fs /dev/sda1");
  EXPECT_EQ(findings.front().evidence.back().what, "growpart");
  EXPECT_TRUE(findings.front().remedy) << "withheld for that";
}

} // namespace
} // namespace sshguardd::test
