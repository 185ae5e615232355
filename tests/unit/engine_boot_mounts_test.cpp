#include "engine/boot_mounts.hpp"

#include <gtest/gtest.h>

namespace sshguardd::engine {
namespace {

FstabMount only(const std::string& line, bool sys_read_only = false) {
  const auto mounts = boot_mounts(parse::fstab(line), sys_read_only);
  return mounts.empty() ? FstabMount{} : mounts.front();
}

// systemd-fstab-generator of 252 and 257, run over these lines.
TEST(BootMounts, are_as_systemd_makes_them) {
  struct {
    const char* line;
    bool expected, required;
  } const rows[] = {
      {"UUID=1 /data ext4 defaults 0 2", true, true},
      {"/dev/sda1 /data ext4", true, true},
      {"two /data", true, true},
      {"UUID=1 /data ext4 defaults,nofail 0 2", true, false},
      {"UUID=1 /data ext4 nofail,fail 0 2", true, true},
      {"UUID=1 /data ext4 noauto 0 0", false, false},
      {"UUID=1 /data ext4 noauto,auto 0 0", true, true},
      {"UUID=1 /data ext4 x-systemd.automount 0 0", false, false},
      {"UUID=1 /data ext4 noauto,x-systemd.automount 0 0", false, false},
      {"UUID=1 /data ext4 comment=systemd.automount 0 0", false, false},
      {"UUID=1 /data ext4 _netdev 0 0", true, false},
      {"srv:/x /data nfs defaults 0 0", true, false},
      {"srv:/x /data nfs4 defaults 0 0", true, false},
      {"x /data fuse.sshfs defaults 0 0", true, false},
      {"x /data fuse.local defaults 0 0", true, true},
      {"UUID=1 /data ext4 x-systemd.wanted-by=multi-user.target 0 0", true, false},
      {"UUID=1 /data ext4 x-systemd.required-by=a.service 0 0", true, false},
      {"UUID=1 / ext4 defaults 0 1", false, false},
      {"proc /proc proc defaults 0 0", false, false},
      {"x /dev/shm tmpfs size=1 0 0", false, false},
      {"x /data autofs defaults 0 0", false, false},
      {"/srv/x /data none bind 0 0", true, true},
      {"tmpfs /tmp tmpfs size=foo 0 0", true, true},
  };
  for (const auto& row : rows) {
    const FstabMount one = only(row.line);
    EXPECT_EQ(one.expected, row.expected) << row.line;
    EXPECT_EQ(one.required, row.required) << row.line;
  }
}

TEST(BootMounts, of_devices_are_no_containers_business) {
  EXPECT_FALSE(only("UUID=1 /data ext4 defaults 0 2", true).expected);
  EXPECT_FALSE(only("/dev/sda1 /data ext4 defaults 0 2", true).required);
  EXPECT_TRUE(only("/srv/x.img /data ext4 loop 0 2", true).required);
  EXPECT_TRUE(only("/srv/x /data none bind 0 0", true).expected);
}

TEST(BootMounts, of_two_at_one_place_the_first_counts) {
  const auto mounts = boot_mounts(parse::fstab("/a /data none bind\nUUID=1 /data/ ext4\n"), false);
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_TRUE(mounts[0].required);
  EXPECT_FALSE(mounts[1].required);
  EXPECT_FALSE(mounts[1].expected);
}

TEST(BootMounts, wait_for_the_node_that_udev_makes) {
  EXPECT_EQ(device_node("UUID=ab-12"), "/dev/disk/by-uuid/ab-12");
  EXPECT_EQ(device_node("LABEL=my disk/1"), "/dev/disk/by-label/my\\x20disk\\x2f1");
  EXPECT_EQ(device_node("PARTUUID=\"1-01\""), "/dev/disk/by-partuuid/1-01");
  EXPECT_EQ(device_node("PARTLABEL='x'"), "/dev/disk/by-partlabel/x");
  EXPECT_EQ(device_node("LABEL=\""), "/dev/disk/by-label/\\x22");
  EXPECT_EQ(device_node("LABEL=\xc3\xa4"), "/dev/disk/by-label/\xc3\xa4");
  EXPECT_EQ(device_node("/srv/x"), "/srv/x");
  EXPECT_EQ(device_node("tmpfs"), "");
  EXPECT_EQ(device_node(""), "");
}

TEST(BootMounts, may_have_names_that_another_disk_gets) {
  for (const char* name :
       {"/dev/sda", "/dev/sda1", "/dev/sdaa12", "/dev/vdb", "/dev/xvdb1", "/dev/nvme0n1p1"})
    EXPECT_TRUE(unstable_name(name)) << name;
  for (const char* name : {"/dev/mapper/a", "/dev/disk/by-uuid/1", "UUID=1", "/dev/md0", "/dev/sd",
                           "/dev/sd1", "/dev/sda1x", "/dev/nvme-fabrics", "/dev/vg/sda1", ""})
    EXPECT_FALSE(unstable_name(name)) << name;
}

TEST(BootMounts, know_what_crypttab_opens) {
  EXPECT_EQ(crypttab_names("# a\n\n home UUID=1 none luks\nx\n\tswap /dev/sda2"),
            (std::vector<std::string>{"home", "x", "swap"}));
}

using Said = std::optional<std::vector<parse::VerifyMessage>>;

TEST(BootMounts, fail_where_both_say_so) {
  const Said unreachable{{{"/data", true, "unreachable on boot required source: UUID=1"}}};
  const Said path{{{"/data", false, "unreachable source: /srv/x.img: No such file or directory"}}};
  const Said fine{std::vector<parse::VerifyMessage>{}};
  const Said target{{{"/data", true, "unreachable on boot required target: No such file"}}};
  const Said others{{{"/other", true, "unreachable on boot required source: UUID=1"}}};
  const Said type{{{"/data", true, "ext3 does not match with on-disk xfs"}}};
  const Said kernel{{{"/data", false, "ext5 seems unsupported by the current kernel"}}};
  const SourceLook gone{.asked = true, .there = false};
  const SourceLook there{.asked = true, .there = true};
  const SourceLook there_known{.asked = true, .there = true, .modules = true};
  struct {
    const char* what;
    const char* line;
    SourceLook source;
    const Said& said;
    const char* wrong;
  } const rows[] = {
      {"no such disk", "UUID=1 /data ext4", gone, unreachable, "no disk has UUID=1"},
      {"no such image", "/srv/x.img /data ext4 loop", gone, path, "/srv/x.img is not there"},
      {"findmnt crashed", "UUID=1 /data ext4", gone, std::nullopt, "no disk has UUID=1"},
      {"findmnt has found it", "UUID=1 /data ext4", gone, fine, ""},
      {"of another entry", "UUID=1 /data ext4", gone, others, ""},
      {"the mount point, which systemd makes", "UUID=1 /data ext4", gone, target, ""},
      {"nobody could look", "UUID=1 /data ext4", {}, unreachable, ""},
      {"it is there", "UUID=1 /data ext4", there, unreachable, ""},
      {"a pattern", "/mnt/disk* /data fuse.mergerfs", gone, path, ""},
      {"a directory, encrypted", "/data/.x /data ecryptfs", gone, path, ""},
      {"no such image of any type", "/srv/x.img /data auto loop", gone, path,
       "/srv/x.img is not there"},
      {"no such device of any type", "/dev/sdz1 /data auto", gone, std::nullopt,
       "/dev/sdz1 is not there"},
      {"nofail", "UUID=1 /data ext4 nofail", gone, unreachable, "no disk has UUID=1"},
      {"noauto", "UUID=1 /data ext4 noauto", gone, unreachable, ""},
      {"network", "UUID=1 /data ext4 _netdev", gone, unreachable, ""},
      {"a bind mount, whose source is made", "/srv/x /data none bind", gone, path, ""},
      {"made of nothing", "tmpfs /data tmpfs", gone, path, ""},
      {"a line that is cut off", "UUID 1 /data", {}, fine, ""},
      {"... behind the mount point", "two /data", {}, fine, "two is no device"},
      {"... of a disk", "UUID=1 /data", there, fine, ""},
      {"no device", "sda1 /data ext4", {}, fine, "sda1 is no device"},
      {"a pool", "tank/data /data zfs", {}, fine, ""},
      {"a tag of tomorrow", "ID=x /data ext4", {}, fine, ""},
      {"encrypted disks are closed",
       "UUID=1 /data ext4",
       {.asked = true, .may_come = true},
       unreachable,
       ""},
      {"another type", "UUID=1 /data ext3", there, type, "its type is not ext3"},
      {"no such type", "UUID=1 /data ext5", there_known, kernel,
       "the kernel has no file system ext5"},
      {"modules of another kernel", "UUID=1 /data ext5", there, kernel, ""},
      {"it has a helper",
       "UUID=1 /data ext5",
       {.asked = true, .there = true, .modules = true, .helper = true},
       kernel,
       ""},
  };
  for (const auto& row : rows)
    EXPECT_EQ(why_not_mountable(only(row.line), row.source, row.said), row.wrong) << row.what;
}

TEST(BootMounts, that_are_mounted_have_a_type_that_can_be) {
  FstabMount one = only("UUID=1 /data ext5");
  one.mounted = true;
  const Said kernel{{{"/data", false, "ext5 seems unsupported by the current kernel"}}};
  EXPECT_EQ(why_not_mountable(
                one, {.asked = true, .there = true, .may_come = false, .modules = true}, kernel),
            "");
}

TEST(BootMounts, have_what_findmnt_says_of_source_and_type) {
  const std::vector<parse::VerifyMessage> said{
      {"/data", true, "unreachable on boot required target: No such file or directory"},
      {"/data", false, "unreachable source: /x: No such file or directory"}};
  EXPECT_EQ(verify_text(only("/x /data ext4"), said),
            "unreachable source: /x: No such file or directory");
  EXPECT_EQ(verify_text(only("/x /other ext4"), said), "");
}

} // namespace
} // namespace sshguardd::engine
