// Growing with programs of our own in the place of systemd's and growpart's, on a tree like /sys.
#include "host/grower.hpp"

#include "host/clock.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t mib = 1ULL << 20;

class GrowerTest : public testing::Test {
protected:
  void SetUp() override {
    block_signals();
    char name[] = "/tmp/grow-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    top_ = name;
    const std::string sda = top_ + "/sys/devices/block/sda";
    fs::create_directories(sda + "/sda1");
    fs::create_directories(top_ + "/sys/class/block");
    fs::create_directories(top_ + "/sys/dev/block");
    for (const auto& [where, number] : {std::pair{"sda", "8:0"}, {"sda/sda1", "8:1"}}) {
      const std::string leaf = fs::path{where}.filename();
      fs::create_directory_symlink(std::string{"../../devices/block/"} + where,
                                   top_ + "/sys/class/block/" + leaf);
      fs::create_directory_symlink(std::string{"../../devices/block/"} + where,
                                   top_ + "/sys/dev/block/" + number);
    }
    write("sys/devices/block/sda/size", std::to_string(1000 * 2048));
    write("sys/devices/block/sda/sda1/size", std::to_string(500 * 2048));
    write("sys/devices/block/sda/sda1/start", "2048");
    write("sys/devices/block/sda/sda1/partition", "1");
    write("total", std::to_string(400 * mib));
    write("mounts", "25 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
    // systemd-run: what stands behind "--".
    program("systemd-run",
            "echo \"$@\" >>TOP/asked; while [ \"$1\" != -- ]; do shift; done; shift\n"
            "exec \"$@\"");
    program("growpart", "if [ \"$1\" != --dry-run ]; then\n"
                        "echo $((999 * 2048)) >TOP/sys/devices/block/sda/sda1/size; fi");
    program("resize2fs", "echo $((900 << 20)) >TOP/total");
    remedy_ = {.mount = "/",
               .type = "ext4",
               .number = "8:1",
               .device = "/dev/sda1",
               .total = 400 * mib,
               .size = 500 * mib,
               .disk = "/dev/sda",
               .partition = 1,
               .behind = 499 * mib,
               .grow_device = true,
               .growpart = top_ + "/growpart",
               .grow_program = top_ + "/resize2fs"};
  }
  void TearDown() override { fs::remove_all(top_); }

  void write(const std::string& path, const std::string& text) {
    std::ofstream{top_ + "/" + path} << text << "\n";
  }
  [[nodiscard]] std::string read(const std::string& path) const {
    std::ifstream file{top_ + "/" + path};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  void program(const std::string& name, std::string script) {
    for (std::size_t at; (at = script.find("TOP")) != std::string::npos;)
      script.replace(at, 3, top_);
    write(name, "#!/bin/sh\n" + script);
    fs::permissions(top_ + "/" + name, fs::perms::owner_all);
  }
  StepsEnd run() {
    Loop loop;
    StepsEnd ended;
    int ends = 0;
    GrowSight sight{.table = [this] { return read("mounts"); },
                    .space = [this](const std::string&) -> Fact<Space> {
                      return Space{.total = std::strtoull(read("total").c_str(), nullptr, 10)};
                    },
                    .tree = {.sys = top_ + "/sys", .dev = top_ + "/dev"}};
    Source begin;
    Grower grower{loop, remedy_, sight, top_ + "/systemd-run", [&](const StepsEnd& end) {
                    ended = end;
                    ++ends;
                    loop.stop();
                  }};
    begin = loop.soon([&grower] { grower.start(); });
    loop.run();
    EXPECT_EQ(ends, 1);
    return ended;
  }
  [[nodiscard]] int asked() const {
    const std::string text = read("asked");
    return static_cast<int>(std::ranges::count(text, '\n'));
  }

  std::string top_;
  GrowFileSystem remedy_;
};

TEST_F(GrowerTest, goes_step_by_step_and_measures) {
  const auto end = run();
  EXPECT_EQ(end.error, std::nullopt);
  EXPECT_EQ(end.brought,
            "grew / by 500 MiB, from 400 MiB to 900 MiB (419430400 to 943718400 bytes)");
  EXPECT_FALSE(end.late);
  EXPECT_EQ(asked(), 3);
  EXPECT_NE(read("asked").find("--unit=sshguardd-grow.service"), std::string::npos);
}

TEST_F(GrowerTest, only_the_file_system_where_the_partition_is_large_enough) {
  remedy_.grow_device = false;
  EXPECT_EQ(run().error, std::nullopt);
  EXPECT_EQ(asked(), 1);
}

TEST_F(GrowerTest, begins_nothing_where_anything_is_another) {
  const auto refuses = [this](const char* what) {
    const auto end = run();
    EXPECT_TRUE(end.error) << what;
    EXPECT_EQ(asked(), 0) << what;
  };
  write("mounts", "25 1 8:1 / / rw - ext4 /dev/sda1 rw\n26 1 8:17 / / rw - ext4 /dev/sdb1 rw");
  refuses("another file system covers it");
  write("mounts", "25 1 8:1 / / ro - ext4 /dev/sda1 rw");
  refuses("read-only");
  write("mounts", "25 1 8:1 / / rw - xfs /dev/sda1 rw");
  refuses("another type");
  write("mounts", "");
  refuses("no table");
  write("mounts", "25 1 8:1 / / rw - ext4 /dev/sda1 rw");
  write("sys/devices/block/sda/size", std::to_string(2000 * 2048));
  refuses("the disk has grown again");
  write("sys/devices/block/sda/size", std::to_string(1000 * 2048));
  write("total", std::to_string(500 * mib));
  refuses("somebody did it");
  write("total", std::to_string(400 * mib));
  remedy_.device = "/dev/sda1;reboot";
  refuses("a name like a command");
}

TEST_F(GrowerTest, what_growpart_refuses_ends_it) {
  program("growpart", "echo 'NOCHANGE: partition 1 is size 1. it cannot be grown'; exit 1");
  const auto end = run();
  EXPECT_EQ(end.error, "growpart: NOCHANGE: partition 1 is size 1. it cannot be grown");
  EXPECT_EQ(asked(), 1);
}

TEST_F(GrowerTest, half_way_is_told_as_such) {
  program("resize2fs", "echo 'resize2fs 1.47' >&2; echo 'Permission denied to resize' >&2; exit 1");
  const auto end = run();
  EXPECT_EQ(end.error, "the partition /dev/sda1 has grown, / has not: resize2fs: Permission denied "
                       "to resize");
  EXPECT_EQ(end.brought, "");
  EXPECT_EQ(asked(), 3);
}

TEST_F(GrowerTest, a_kernel_that_did_not_notice_is_told) {
  program("growpart", "exit 0");
  const auto end = run();
  ASSERT_TRUE(end.error);
  EXPECT_NE(end.error->find("the kernel still has the old size of /dev/sda1"), std::string::npos)
      << *end.error;
  EXPECT_EQ(asked(), 2) << "resize2fs is not tried";
}

TEST_F(GrowerTest, success_without_effect_is_none) {
  program("resize2fs", "exit 0");
  const auto end = run();
  ASSERT_TRUE(end.error);
  EXPECT_NE(end.error->find("resize2fs ended without an error, and nothing is larger"),
            std::string::npos)
      << *end.error;
}

TEST_F(GrowerTest, another_mount_half_way_ends_it) {
  program("growpart", "[ \"$1\" = --dry-run ] && exit 0\n"
                      "echo $((999 * 2048)) >TOP/sys/devices/block/sda/sda1/size\n"
                      "echo '25 1 8:33 / / rw - ext4 /dev/sdc1 rw' >TOP/mounts");
  const auto end = run();
  ASSERT_TRUE(end.error);
  EXPECT_EQ(asked(), 2);
}

TEST_F(GrowerTest, without_programs_there_is_no_step) {
  remedy_.growpart.clear();
  const auto end = run();
  ASSERT_TRUE(end.error);
  EXPECT_EQ(*end.error, "install cloud-guest-utils");
  EXPECT_EQ(asked(), 0);
}

} // namespace
} // namespace sshguardd::host
