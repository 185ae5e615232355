// fstab(5) and findmnt of our own in the place of the machine's, and a table of mounts.
#include "host/mount_reader.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;

class MountReaderTest : public testing::Test {
protected:
  void SetUp() override {
    block_signals();
    char name[] = "/tmp/mounts-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    top_ = name;
    table_ = parse::mountinfo("25 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
                              "26 25 0:40 / " +
                              top_ + "/nfs rw - nfs4 server:/ rw\n");
  }
  void TearDown() override { fs::remove_all(top_); }

  void write(const std::string& path, const std::string& text) const {
    std::ofstream{top_ + "/" + path} << text;
  }
  MountFacts read(std::uint64_t generation) {
    const auto facts = reader().read(Snapshot{}, table_, generation);
    EXPECT_TRUE(facts) << facts.why();
    return facts ? *facts : MountFacts{};
  }
  MountReader& reader() {
    if (!reader_)
      reader_.emplace(
          loop_, [this] { loop_.stop(); },
          FstabPlaces{.fstab = top_ + "/fstab",
                      .findmnt = top_ + "/findmnt",
                      .tree = {.sys = top_ + "/sys", .dev = top_ + "/dev"}});
    return *reader_;
  }
  // A disk that does not last, by its model, with partitions.
  void ephemeral_disk(const std::string& disk, const std::string& number, int partitions) const {
    const std::string sys = top_ + "/sys";
    for (const char* directory : {"/class/block", "/dev/block"})
      fs::create_directories(sys + directory);
    const auto device = [&](const std::string& where, const std::string& name, int minor) {
      fs::create_directories(sys + "/devices/block/" + where);
      const std::string target = "../../devices/block/" + where;
      fs::create_directory_symlink(target, sys + "/class/block/" + name);
      fs::create_directory_symlink(target,
                                   sys + "/dev/block/" + number + ":" + std::to_string(minor));
    };
    device(disk, disk, 0);
    fs::create_directories(sys + "/devices/block/" + disk + "/device");
    write("sys/devices/block/" + disk + "/device/model", "Microsoft NVMe Direct Disk v2\n");
    for (int number_of = 1; number_of <= partitions; ++number_of) {
      const std::string name = disk + "p" + std::to_string(number_of);
      device(disk + "/" + name, name, number_of);
      write("sys/devices/block/" + disk + "/" + name + "/partition", std::to_string(number_of));
    }
  }
  std::vector<std::string> ephemeral(const std::string& table) {
    table_ = parse::mountinfo(table);
    std::vector<std::string> mounts;
    for (const EphemeralMount& one : read(++generation_).ephemeral)
      mounts.push_back(one.mount);
    return mounts;
  }

  std::string top_;
  std::vector<parse::Mount> table_;
  Loop loop_;
  std::optional<MountReader> reader_;
  std::uint64_t generation_ = 100;
};

TEST_F(MountReaderTest, what_cannot_be_read_is_unknown_and_the_rest_is_told) {
  EXPECT_TRUE(read(1).fstab) << "none is none";
  fs::create_symlink(top_ + "/elsewhere", top_ + "/fstab");
  EXPECT_FALSE(read(2).fstab);
  EXPECT_NE(read(2).fstab.why().find("/fstab"), std::string::npos);
  write("elsewhere", "/dev/sdb1 /data ext4 defaults 0 2\n");
  const MountFacts facts = read(2);
  ASSERT_TRUE(facts.fstab) << "nobody said that it can be read again";
  ASSERT_EQ(facts.fstab->size(), 1U);
  EXPECT_EQ(facts.fstab->front().point, "/data");
}

TEST_F(MountReaderTest, what_is_wrong_stays_so_while_findmnt_is_asked_again) {
  const std::string image = top_ + "/missing.img";
  const std::string entry = image + " /data ext4 loop 0 0\n";
  const auto wrong = [&](std::uint64_t generation) {
    const MountFacts facts = read(generation);
    return facts.fstab && !facts.fstab->empty() ? facts.fstab->front().wrong : "no entry";
  };
  // It crashes over some lines, or gives no answer in time: then it is judged without it.
  write("findmnt", "#!/bin/sh\nkill -9 $$\n");
  fs::permissions(top_ + "/findmnt", fs::perms::owner_all);
  write("fstab", entry);
  EXPECT_EQ(wrong(1), "") << "its first answer is awaited";
  EXPECT_TRUE(reader().first());
  loop_.run();
  EXPECT_EQ(wrong(1), image + " is not there");
  write("fstab", "# touched\n" + entry);
  EXPECT_EQ(wrong(2), image + " is not there");
  EXPECT_TRUE(reader().asking());
  loop_.run();
  EXPECT_EQ(wrong(2), image + " is not there");
}

TEST_F(MountReaderTest, asks_no_server_for_a_source_behind_links) {
  fs::create_directory(top_ + "/local");
  fs::create_symlink(top_ + "/nfs/data", top_ + "/to-server");
  fs::create_symlink(top_ + "/to-server/images", top_ + "/twice");
  fs::create_symlink(top_ + "/local", top_ + "/to-disk");
  struct Row {
    const char* source;
    bool told; // it was looked at, and is not there
  } const rows[] = {
      {"/local/x.img", true},  {"/to-disk/x.img", true}, {"/nfs/x.img", false},
      {"/to-server", false},   {"/twice", false},        {"/to-server/x.img", false},
      {"/twice/x.img", false}, {"/x.img", true},         {"/local/../to-server/x.img", false},
  };
  std::uint64_t generation = 0;
  for (const Row& row : rows) {
    write("fstab", top_ + row.source + " /data ext4 loop 0 0\n");
    const MountFacts facts = read(++generation);
    ASSERT_TRUE(facts.fstab && facts.fstab->size() == 1U) << row.source;
    EXPECT_EQ(!facts.fstab->front().wrong.empty(), row.told) << row.source;
  }
}

// What lies on the root's own disk goes with the whole machine; each other file system is told
// once, also where its subvolumes alone are mounted.
TEST_F(MountReaderTest, finds_disks_that_do_not_last) {
  ephemeral_disk("nvme0n1", "259", 2);
  ephemeral_disk("nvme1n1", "260", 1);
  const std::string root = "25 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
  EXPECT_EQ(ephemeral(root + "26 25 259:1 / /data rw - ext4 /dev/nvme0n1p1 rw\n"),
            std::vector<std::string>{"/data"});
  EXPECT_EQ(ephemeral(root + "26 25 259:1 /srv /home rw - ext4 /dev/nvme0n1p1 rw\n" +
                      "27 25 259:1 / /mnt rw - ext4 /dev/nvme0n1p1 rw\n"),
            std::vector<std::string>{"/mnt"})
      << "by the place that has all of it";
  EXPECT_EQ(ephemeral(root + "26 25 259:1 /@home /home rw - btrfs /dev/nvme0n1p1 rw\n" +
                      "27 25 259:1 /@srv /srv rw - btrfs /dev/nvme0n1p1 rw\n"),
            std::vector<std::string>{"/home"})
      << "subvolumes alone";
  const std::string there = "25 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n"
                            "26 25 259:2 / /home rw - ext4 /dev/nvme0n1p2 rw\n";
  EXPECT_EQ(ephemeral(there), std::vector<std::string>{});
  EXPECT_EQ(ephemeral(there + "27 25 260:1 / /scratch rw - ext4 /dev/nvme1n1p1 rw\n"),
            std::vector<std::string>{"/scratch"});
}

TEST(MountSource, of_fuse_is_the_users_word) {
  struct Row {
    const char* source;
    const char* type;
    bool device;
  } const rows[] = {
      {"/dev/sda1", "ext4", true},
      {"/dev/mapper/vg-root", "btrfs", true},
      {"/dev/sda1", "fuse.sshfs", false},
      {"/dev/../home/m/mnt/x", "fuse", false},
      {"/dev/../home/m/mnt/x", "btrfs", false},
      {"/dev/disk/../../home/m", "xfs", false},
      {"server:/home", "nfs4", false},
      {"/home/m/x", "ext4", false},
      {"", "", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(names_device(row.source, row.type), row.device) << row.source << " " << row.type;
}

} // namespace
} // namespace sshguardd::host
