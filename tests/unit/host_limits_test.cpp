#include "host/limits.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace sshguardd::host {
namespace {

class LimitsTest : public testing::Test {
protected:
  void SetUp() override {
    put("proc/loadavg", "0.85 4.04 4.64 1/345 6789\n");
    put("proc/sys/kernel/pid_max", "4194304\n");
    put("proc/sys/kernel/threads-max", "95000\n");
    put("proc/sys/fs/file-nr", "9152\t0\t9223372036854775807\n");
    put("sys/fs/cgroup/system.slice/ssh.service/pids.max", "4915\n");
    put("sys/fs/cgroup/system.slice/ssh.service/pids.current", "3\n");
    put("sys/fs/cgroup/user.slice/pids.max", "max\n");
    put("sys/fs/cgroup/user.slice/user-1000.slice/pids.max", "100\n");
    put("sys/fs/cgroup/user.slice/user-1000.slice/pids.current", "97\n");
    put("sys/fs/cgroup/user.slice/user-x.slice/pids.max", "0\n");
    service_.control_group = "/system.slice/ssh.service";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void put(const std::string& path, const char* text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream{root_ / path} << text;
  }
  [[nodiscard]] std::vector<std::string> reached() const {
    std::vector<std::string> names;
    const auto limits = read_limits(service_, root_);
    for (const ReachedLimit& one : limits.reached)
      names.push_back(one.name);
    return names;
  }

  Unit service_;
  std::filesystem::path root_ =
      std::filesystem::temp_directory_path() / ("limits-" + std::to_string(getpid()));
};

using Names = std::vector<std::string>;

TEST_F(LimitsTest, leave_room_for_a_session) {
  EXPECT_EQ(reached(), Names{});
  std::filesystem::remove_all(root_ / "sys/fs/cgroup/user.slice");
  EXPECT_EQ(reached(), Names{}) << "nobody was ever in";
}

TEST_F(LimitsTest, of_a_user_and_of_sshd) {
  put("sys/fs/cgroup/user.slice/user-1000.slice/pids.current", "98\n");
  put("sys/fs/cgroup/system.slice/ssh.service/pids.max", "5\n");
  EXPECT_EQ(reached(), (Names{"TasksMax of ssh.service", "TasksMax of user-1000.slice"}));
  const auto limits = read_limits(service_, root_);
  EXPECT_EQ(limits.reached[0].of, ReachedLimit::Of::sshd);
  EXPECT_EQ(limits.reached[1].uid, 1000U);
  EXPECT_EQ(limits.reached[1].most, 100U);
}

TEST_F(LimitsTest, of_a_slice_above_several) {
  put("sys/fs/cgroup/user.slice/pids.max", "200\n");
  put("sys/fs/cgroup/user.slice/pids.current", "199\n");
  put("sys/fs/cgroup/user.slice/user-1001.slice/pids.max", "max\n");
  EXPECT_EQ(reached(), Names{"TasksMax of user.slice"}) << "told once";
  EXPECT_EQ(read_limits(service_, root_).reached[0].of, ReachedLimit::Of::sessions);
}

TEST_F(LimitsTest, of_the_machine) {
  put("proc/sys/kernel/pid_max", "355\n");
  put("proc/sys/fs/file-nr", "100000\t0\t100000\n");
  EXPECT_EQ(reached(), (Names{"kernel.pid_max", "fs.file-max"}));
}

TEST_F(LimitsTest, that_nobody_can_read_are_none) {
  std::filesystem::remove_all(root_ / "proc");
  put("sys/fs/cgroup/user.slice/user-1000.slice/pids.max", "ninety\n");
  EXPECT_EQ(reached(), Names{});
  std::filesystem::remove_all(root_);
  put("sys/fs/cgroup/user.slice", "a file");
  EXPECT_EQ(reached(), Names{});
}

} // namespace
} // namespace sshguardd::host
