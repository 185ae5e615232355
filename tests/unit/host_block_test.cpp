// Against trees like those of /sys and /dev/disk.
#include "host/block.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t mib = 1ULL << 20;

class Tree : public testing::Test {
protected:
  void SetUp() override {
    char name[] = "/tmp/block-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    top_ = name;
    tree_ = {.sys = top_ + "/sys", .dev = top_ + "/dev"};
    fs::create_directories(tree_.sys + "/class/block");
    fs::create_directories(tree_.sys + "/dev/block");
  }
  void TearDown() override { fs::remove_all(top_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path{path}.parent_path());
    std::ofstream{path} << text << "\n";
  }
  // `where` below devices/block: "sda", "sda/sda1".
  void device(const std::string& where, const std::string& number, std::uint64_t size_mib) {
    const std::string name = fs::path{where}.filename();
    write(path(where) + "/size", std::to_string(size_mib * 2048));
    fs::create_directory_symlink("../../devices/block/" + where,
                                 tree_.sys + "/class/block/" + name);
    fs::create_directory_symlink("../../devices/block/" + where,
                                 tree_.sys + "/dev/block/" + number);
  }
  void partition(const std::string& where, const std::string& number, int index,
                 std::uint64_t start_mib, std::uint64_t size_mib) {
    device(where, number, size_mib);
    write(path(where) + "/partition", std::to_string(index));
    write(path(where) + "/start", std::to_string(start_mib * 2048));
  }
  void on(const std::string& upper, const std::string& lower) {
    const std::string above = fs::path{upper}.filename();
    const std::string below = fs::path{lower}.filename();
    fs::create_directories(path(upper) + "/slaves/" + below);
    fs::create_directories(path(lower) + "/holders/" + above);
  }
  std::string path(const std::string& where) const { return tree_.sys + "/devices/block/" + where; }
  static FileSystem file_system(const std::string& source) {
    FileSystem one;
    one.mount = "/";
    one.source = source;
    one.type = "ext4";
    one.space = Space{.total = 100 * mib, .inodes = 1000};
    return one;
  }

  std::string top_;
  BlockTree tree_;
};

TEST_F(Tree, knows_what_lies_behind_a_partition) {
  device("sda", "8:0", 1000);
  partition("sda/sda1", "8:1", 1, 100, 500);
  partition("sda/sda15", "8:15", 15, 1, 90);
  EXPECT_EQ(block_name(tree_, "8:1"), "sda1");
  EXPECT_EQ(block_name(tree_, "9:9"), "");
  auto below = room_below(tree_, file_system("/dev/sda1"), "sda1");
  ASSERT_TRUE(below);
  EXPECT_FALSE(below->volume);
  EXPECT_EQ(below->block.device, "/dev/sda1");
  EXPECT_EQ(below->block.disk, "/dev/sda");
  EXPECT_EQ(below->block.number, 1U);
  EXPECT_EQ(below->block.size, 500 * mib);
  EXPECT_EQ(below->block.behind, 400 * mib);
  EXPECT_TRUE(below->block.last);
  EXPECT_TRUE(below->block.plain);

  partition("sda/sda2", "8:2", 2, 601, 10);
  below = room_below(tree_, file_system("/dev/sda1"), "sda1");
  EXPECT_EQ(below->block.behind, mib) << "another one follows";

  below = room_below(tree_, file_system("/dev/sda"), "sda");
  ASSERT_TRUE(below);
  EXPECT_EQ(below->block.disk, "") << "the disk itself";
  EXPECT_FALSE(room_below(tree_, file_system("/dev/sdz"), "sdz"));
}

TEST_F(Tree, leaves_logical_partitions) {
  device("sda", "8:0", 1000);
  partition("sda/sda2", "8:2", 2, 100, 0);
  write(path("sda/sda2") + "/size", "2");
  partition("sda/sda5", "8:5", 5, 101, 300);
  const auto below = room_below(tree_, file_system("/dev/sda5"), "sda5");
  ASSERT_TRUE(below);
  EXPECT_TRUE(below->block.logical);
}

TEST_F(Tree, knows_plain_volumes) {
  const std::string uuid = "LVM-" + std::string(32, 'g');
  device("sda", "8:0", 2000);
  partition("sda/sda3", "8:3", 3, 1, 1000);
  device("dm-0", "253:0", 600);
  write(path("dm-0") + "/dm/uuid", uuid + std::string(32, 'r'));
  device("dm-1", "253:1", 100);
  write(path("dm-1") + "/dm/uuid", uuid + std::string(32, 's'));
  on("dm-0", "sda/sda3");
  on("dm-1", "sda/sda3");
  auto below = room_below(tree_, file_system("/dev/mapper/vg-root"), "dm-0");
  ASSERT_TRUE(below);
  EXPECT_TRUE(below->volume);
  EXPECT_EQ(below->volume_size, 600 * mib);
  EXPECT_EQ(below->volumes, 700 * mib);
  ASSERT_EQ(below->disks.size(), 1U);
  EXPECT_EQ(below->disks[0].device, "/dev/sda3");
  EXPECT_EQ(below->disks[0].behind, 999 * mib);

  // One of a snapshot's pieces.
  write(path("dm-0") + "/dm/uuid", uuid + std::string(32, 'r') + "-real");
  EXPECT_FALSE(room_below(tree_, file_system("/dev/mapper/vg-root"), "dm-0"));
  write(path("dm-0") + "/dm/uuid", "CRYPT-LUKS2-x");
  EXPECT_FALSE(room_below(tree_, file_system("/dev/mapper/root"), "dm-0"));
}

TEST_F(Tree, leaves_volumes_on_volumes_and_md) {
  const std::string uuid = "LVM-" + std::string(64, 'g');
  device("sda", "8:0", 2000);
  device("dm-0", "253:0", 600);
  device("dm-1", "253:1", 600);
  write(path("dm-0") + "/dm/uuid", uuid);
  write(path("dm-1") + "/dm/uuid", uuid + "-tpool");
  on("dm-0", "dm-1");
  on("dm-1", "sda");
  EXPECT_FALSE(room_below(tree_, file_system("/dev/mapper/vg-thin"), "dm-0"));
  device("md0", "9:0", 600);
  on("md0", "sda");
  EXPECT_FALSE(room_below(tree_, file_system("/dev/md0"), "md0"));
}

TEST_F(Tree, finds_the_disks_and_their_names) {
  device("nvme1n1", "259:0", 2000);
  write(path("nvme1n1") + "/device/model", "Amazon EC2 NVMe Instance Storage        ");
  partition("nvme1n1/nvme1n1p1", "259:1", 1, 1, 1000);
  device("dm-0", "253:0", 600);
  on("dm-0", "nvme1n1/nvme1n1p1");
  on("dm-0", "sdq");
  EXPECT_EQ(disks_below(tree_, "dm-0"), (std::vector<std::string>{"nvme1n1", "sdq"}));
  EXPECT_EQ(disks_below(tree_, "nvme1n1p1"), std::vector<std::string>{"nvme1n1"});
  EXPECT_EQ(disk_model(tree_, "nvme1n1"), "Amazon EC2 NVMe Instance Storage");
  EXPECT_EQ(disk_model(tree_, "sdq"), "");

  fs::create_directories(tree_.dev + "/disk/azure");
  fs::create_symlink("../../nvme1n1p1", tree_.dev + "/disk/azure/resource-part1");
  write(tree_.dev + "/disk/azure/no-link", "x");
  const auto links = cloud_links(tree_);
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links.at("nvme1n1"), std::vector<std::string>{"azure/resource-part1"});
}

TEST_F(Tree, ends_where_devices_go_round) {
  device("dm-0", "253:0", 600);
  on("dm-0", "dm-0");
  EXPECT_EQ(disks_below(tree_, "dm-0"), std::vector<std::string>{"dm-0"});
  write(path("dm-0") + "/size", "99999999999999999999999");
  EXPECT_FALSE(room_below(tree_, file_system("/dev/dm-0"), "dm-0"));
}

} // namespace
} // namespace sshguardd::host
