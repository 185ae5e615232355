#include "engine/grow_steps.hpp"

#include "engine/systemd_run.hpp"
#include "growth.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace sshguardd::engine {
namespace {

using Kind = GrowStep::Kind;
constexpr std::uint64_t gib = 1ULL << 30;

GrowFileSystem root() {
  return test::growth();
}

// The same as /sys has it.
RoomBelow now() {
  RoomBelow below;
  below.mount = "/";
  below.type = "ext4";
  below.source = "/dev/root";
  below.number = "8:1";
  below.total = 20 * gib;
  below.block = {.device = "/dev/sda1",
                 .size = 21 * gib,
                 .disk = "/dev/sda",
                 .number = 1,
                 .behind = 10 * gib,
                 .last = true};
  return below;
}

TEST(GrowSteps, AreOnlyOfWhatIsPlain) {
  struct Row {
    const char* what;
    std::function<void(GrowFileSystem&)> how;
    bool steps;
  };
  const Row rows[] = {
      {"as it is", [](auto&) {}, true},
      {"a disk without partitions",
       [](auto& one) { one.grow_device = false, one.device = "/dev/vdb", one.disk.clear(); }, true},
      {"nvme", [](auto& one) { one.disk = "/dev/nvme0n1", one.device = "/dev/nvme0n1p1"; }, true},
      {"cciss", [](auto& one) { one.disk = "/dev/cciss/c0d0", one.device = "/dev/cciss/c0d0p1"; },
       true},
      {"btrfs", [](auto& one) { one.type = "btrfs"; }, false},
      {"no type", [](auto& one) { one.type.clear(); }, false},
      {"a device that is an option", [](auto& one) { one.device = "-f"; }, false},
      {"a disk that is an option", [](auto& one) { one.disk = "--help"; }, false},
      {"a file as a disk", [](auto& one) { one.disk = "/etc/passwd"; }, false},
      {"out of /dev", [](auto& one) { one.device = "/dev/../etc/passwd"; }, false},
      {"nothing below /dev", [](auto& one) { one.device = "/dev/"; }, false},
      {"a variable of systemd's", [](auto& one) { one.mount = "/$PATH"; }, false},
      {"a specifier", [](auto& one) { one.mount = "/srv/%h"; }, false},
      {"a command for a shell", [](auto& one) { one.disk = "/dev/sda;reboot"; }, false},
      {"a substitution", [](auto& one) { one.disk = "/dev/`reboot`"; }, false},
      {"a blank", [](auto& one) { one.mount = "/my home"; }, false},
      {"a line end", [](auto& one) { one.device = "/dev/sda1\n/dev/sdb1"; }, false},
      {"a byte of no text", [](auto& one) { one.mount = "/\x80"; }, false},
      {"an escape sequence", [](auto& one) { one.mount = "/\x1b[2J"; }, false},
      {"no mount", [](auto& one) { one.mount.clear(); }, false},
      {"partition 0", [](auto& one) { one.partition = 0; }, false},
      {"a partition of itself", [](auto& one) { one.disk = one.device; }, false},
      {"no number", [](auto& one) { one.number.clear(); }, false},
      {"no size", [](auto& one) { one.size = 0; }, false},
      {"nobody could ask it", [](auto& one) { one.total = 0; }, false},
      {"no growpart", [](auto& one) { one.growpart.clear(); }, false},
      {"no resize2fs", [](auto& one) { one.grow_program.clear(); }, false},
      {"growpart from somewhere", [](auto& one) { one.growpart = "growpart"; }, false},
  };
  for (const Row& row : rows) {
    GrowFileSystem remedy = root();
    row.how(remedy);
    EXPECT_EQ(!grow_steps(remedy).empty(), row.steps) << row.what;
    EXPECT_EQ(why_not_growable(remedy).empty() && missing_program(remedy).empty(), row.steps)
        << row.what;
  }
}

TEST(GrowSteps, HaveTheirOrderAndTime) {
  const auto steps = grow_steps(root());
  ASSERT_EQ(steps.size(), 3U);
  using Argv = std::vector<std::string>;
  EXPECT_EQ(steps[0].argv, (Argv{"/usr/bin/growpart", "--dry-run", "/dev/sda", "1"}));
  EXPECT_EQ(steps[1].argv, (Argv{"/usr/bin/growpart", "/dev/sda", "1"}));
  EXPECT_EQ(steps[2].argv, (Argv{"/usr/sbin/resize2fs", "/dev/sda1"}));
  std::chrono::seconds all{};
  for (const GrowStep& step : steps)
    all += step.deadline + std::chrono::seconds{2};
  EXPECT_LT(all, std::chrono::seconds{60}) << "the healer's patience";

  GrowFileSystem xfs = root();
  xfs.type = "xfs";
  xfs.grow_device = false;
  xfs.grow_program = "/usr/sbin/xfs_growfs";
  ASSERT_EQ(grow_steps(xfs).size(), 1U);
  EXPECT_EQ(grow_steps(xfs).front().argv, (Argv{"/usr/sbin/xfs_growfs", "-d", "/"}));
}

TEST(GrowSteps, SystemdRunsThemWithTheirDevicesOnly) {
  const GrowFileSystem remedy = root();
  const auto steps = grow_steps(remedy);
  const auto has = [](const std::vector<std::string>& argv, const char* word) {
    return std::ranges::find(argv, word) != argv.end();
  };
  const auto partition = by_systemd("/usr/bin/systemd-run", steps[1], remedy);
  EXPECT_EQ(partition.front(), "/usr/bin/systemd-run");
  for (const char* word :
       {"--wait", "--pipe", "--collect", "--unit=sshguardd-grow.service", "--setenv=TMPDIR=/run",
        "--property=RuntimeMaxSec=12", "--property=DevicePolicy=closed",
        "--property=DeviceAllow=/dev/sda rw", "--property=DeviceAllow=/dev/sda1 rw"})
    EXPECT_TRUE(has(partition, word)) << word;
  const std::vector<std::string> command{"--", "/usr/bin/growpart", "/dev/sda", "1"};
  EXPECT_TRUE(
      std::ranges::equal(std::vector<std::string>(partition.end() - 4, partition.end()), command));
  const auto file_system = by_systemd("/usr/bin/systemd-run", steps[2], remedy);
  EXPECT_TRUE(has(file_system, "--property=DeviceAllow=/dev/sda1 rw"));
  EXPECT_FALSE(has(file_system, "--property=DeviceAllow=/dev/sda rw")) << "not its neighbours";
}

TEST(GrowSteps, NothingMayHaveChanged) {
  struct Row {
    const char* what;
    std::function<void(RoomBelow&)> how;
    bool before; // it may go on before the partition grows
    bool after;  // ... and after
  };
  const Row rows[] = {
      {"as it was", [](auto&) {}, true, false},
      {"the partition has grown",
       [](auto& one) { one.block.size = 31 * gib, one.block.behind = 0; }, false, true},
      {"another device", [](auto& one) { one.number = "8:17"; }, false, false},
      {"another name", [](auto& one) { one.block.device = "/dev/sdb1"; }, false, false},
      {"another disk", [](auto& one) { one.block.disk = "/dev/sdb"; }, false, false},
      {"another partition", [](auto& one) { one.block.number = 2; }, false, false},
      {"another type", [](auto& one) { one.type = "xfs"; }, false, false},
      {"on LVM", [](auto& one) { one.volume = true; }, false, false},
      {"read-only", [](auto& one) { one.read_only = true; }, false, false},
      {"somebody has grown it", [](auto& one) { one.total += gib; }, false, false},
      {"nobody can ask it", [](auto& one) { one.total = 0; }, false, false},
      {"the partition is smaller", [](auto& one) { one.block.size -= gib; }, false, false},
      {"the disk has grown again", [](auto& one) { one.block.behind += gib; }, false, false},
      {"a partition was made behind it", [](auto& one) { one.block.last = false; }, false, false},
      {"in an extended one", [](auto& one) { one.block.logical = true; }, false, false},
      {"a disk of disks", [](auto& one) { one.block.plain = false; }, false, false},
  };
  for (const Row& row : rows) {
    RoomBelow below = now();
    row.how(below);
    EXPECT_EQ(changed_since(root(), below, false).empty(), row.before) << row.what;
    EXPECT_EQ(changed_since(root(), below, true).empty(), row.after) << row.what;
  }
  RoomBelow followed = now();
  followed.block.last = false;
  GrowFileSystem only_itself = root();
  only_itself.grow_device = false;
  EXPECT_EQ(changed_since(only_itself, followed, false), "") << "the partition stays";
}

TEST(GrowSteps, TheLastWordsAreOneLine) {
  EXPECT_EQ(last_words("NOCHANGE: partition 1 is size 2048. it cannot be grown\n", ""),
            "NOCHANGE: partition 1 is size 2048. it cannot be grown");
  EXPECT_EQ(last_words("out\n", "first\nresize2fs: Permission denied\r\n\n"),
            "resize2fs: Permission denied");
  EXPECT_EQ(last_words("out", " \n"), "out");
  EXPECT_EQ(last_words("", ""), "");
  EXPECT_EQ(last_words("", std::string(5000, 'x')).size(), 200U);
}

} // namespace
} // namespace sshguardd::engine
