// What ext4 says in a tree like that of /sys.
#include "host/disk_places.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sshguardd::host {
namespace {

namespace fs = std::filesystem;

// A count of errors is kept over boots; what was met in this one explains what is read-only now.
TEST(DiskPlaces, errors_of_this_boot) {
  char name[] = "/tmp/places-test-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  const std::string sys = name;
  fs::create_directories(sys + "/dev/block");
  fs::create_directories(sys + "/fs/ext4/sda1");
  fs::create_directory_symlink("../../devices/block/sda/sda1", sys + "/dev/block/8:1");
  const WallTime boot{std::chrono::seconds{1'700'000'000}};
  const auto met = [&](const char* last, const char* device = "8:1") {
    std::ofstream{sys + "/fs/ext4/sda1/last_error_time"} << last;
    return met_errors_since(device, boot, sys);
  };
  EXPECT_FALSE(met("0\n")) << "none";
  EXPECT_FALSE(met("1699999999\n")) << "of an earlier boot";
  EXPECT_TRUE(met("1700000005\n"));
  EXPECT_FALSE(met("1700000005\n", "8:2")) << "another one's";
  EXPECT_FALSE(met("x\n"));
  fs::remove(sys + "/fs/ext4/sda1/last_error_time");
  EXPECT_FALSE(met_errors_since("8:1", boot, sys)) << "no ext4";
  fs::remove_all(sys);
}

} // namespace
} // namespace sshguardd::host
