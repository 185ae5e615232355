#include "engine/disk_room.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sshguardd::engine {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t gib = 1ULL << 30;
constexpr std::uint64_t mib = 1ULL << 20;

FileSystem with(std::uint64_t total, double used_share) {
  FileSystem one;
  one.mount = "/";
  const auto left = static_cast<std::uint64_t>(static_cast<double>(total) * (1 - used_share));
  one.space = Space{.total = total, .free = left, .available = left};
  return one;
}

struct Follower {
  DiskRoom room;
  BootTime now{1h};
  FileSystem look(FileSystem one, BootClock::duration after = 1min) {
    now += after;
    room.look(one, now);
    return one;
  }
};

TEST(DiskRoom, is_over_a_line_until_it_is_well_below) {
  Follower at;
  EXPECT_FALSE(at.look(with(20 * gib, 0.835)).filling);
  EXPECT_TRUE(at.look(with(20 * gib, 0.86)).filling);
  EXPECT_TRUE(at.look(with(20 * gib, 0.79)).filling);
  EXPECT_TRUE(at.look(with(20 * gib, 0.76)).filling);
  EXPECT_FALSE(at.look(with(20 * gib, 0.74)).filling);
  EXPECT_FALSE(at.look(with(20 * gib, 0.835)).filling);
}

TEST(DiskRoom, a_little_below_for_a_day_is_below) {
  Follower at;
  EXPECT_TRUE(at.look(with(20 * gib, 0.86)).filling);
  EXPECT_TRUE(at.look(with(20 * gib, 0.80)).filling);
  EXPECT_TRUE(at.look(with(20 * gib, 0.80), 23h).filling);
  EXPECT_FALSE(at.look(with(20 * gib, 0.80), 2h).filling);
}

// Images are deleted from 85 % down to 80 %, again and again.
TEST(DiskRoom, breathing_is_one_warning) {
  Follower at;
  int raised = 0;
  bool before = false;
  for (int minute = 0; minute < 7 * 24 * 60; ++minute) {
    const double used = 0.825 + 0.035 * std::sin(minute / 40.0);
    const bool filling = at.look(with(100 * gib, used)).filling;
    if (filling && !before) ++raised;
    before = filling;
  }
  EXPECT_EQ(raised, 1);
  EXPECT_TRUE(before);
}

TEST(DiskRoom, critical_takes_a_percentage_and_bytes) {
  struct Row {
    std::uint64_t total;
    double used;
    bool filling, full;
  } const rows[] = {
      {2048 * gib, 0.86, false, false}, // 287 GiB are left
      {2048 * gib, 0.97, false, false}, // 61 GiB
      {2048 * gib, 0.98, true, false},  // 41 GiB
      {2048 * gib, 0.99999, true, true}, {2048 * gib, 1.0, true, true},
      {20 * gib, 0.96, true, false}, // 800 MiB
      {20 * gib, 0.996, true, true},     {50 * mib, 0.86, true, false},
      {50 * mib, 0.94, true, false},     {50 * mib, 0.96, true, true},
      {50 * mib, 0.5, false, false},
  };
  for (const Row& row : rows) {
    const FileSystem one = Follower{}.look(with(row.total, row.used));
    EXPECT_EQ(one.filling, row.filling) << row.total / mib << " " << row.used;
    EXPECT_EQ(one.full, row.full) << row.total / mib << " " << row.used;
  }
}

TEST(DiskRoom, full_ends_when_there_is_room_beyond_the_line) {
  Follower at;
  EXPECT_TRUE(at.look(with(gib, 0.99)).full);
  EXPECT_TRUE(at.look(with(gib, 0.938)).full) << "94 percent: hardly less than the line";
  EXPECT_FALSE(at.look(with(gib, 0.92)).full);
  EXPECT_FALSE(at.look(with(gib, 0.938)).full);
  EXPECT_TRUE(at.look(with(10 * gib, 0.995)).full);
  EXPECT_TRUE(at.look(with(10 * gib, 0.989)).full) << "113 MiB";
  EXPECT_FALSE(at.look(with(10 * gib, 0.98)).full) << "205 MiB, though 98 percent";
}

TEST(DiskRoom, remembers_the_worst_while_it_is_over_the_line) {
  Follower at;
  at.look(with(20 * gib, 0.86));
  at.look(with(20 * gib, 0.925));
  EXPECT_EQ(at.look(with(20 * gib, 0.80)).worst_percent, 93U);
  EXPECT_EQ(at.look(with(20 * gib, 0.70)).worst_percent, 0U);
}

TEST(DiskRoom, inodes_run_out_by_percentage_and_number) {
  const auto inodes = [](std::uint64_t all, std::uint64_t left) {
    FileSystem one = with(20 * gib, 0.1);
    Space space = *one.space;
    space.inodes = all;
    space.inodes_free = left;
    one.space = space;
    return Follower{}.look(one);
  };
  EXPECT_FALSE(inodes(0, 0).inodes_filling) << "no fixed number";
  EXPECT_FALSE(inodes(10'000'000, 1'000'000).inodes_filling) << "a million is plenty";
  EXPECT_TRUE(inodes(1'000'000, 100'000).inodes_filling);
  EXPECT_FALSE(inodes(1'000'000, 100'000).inodes_full);
  EXPECT_FALSE(inodes(1'000'000, 40'000).inodes_full);
  EXPECT_TRUE(inodes(1'000'000, 10'000).inodes_full);
  EXPECT_TRUE(inodes(65'536, 0).inodes_full);
  EXPECT_FALSE(inodes(65'536, 30'000).inodes_filling);
}

TEST(DiskRoom, knows_what_was_writable) {
  Follower at;
  FileSystem one = with(20 * gib, 0.1);
  EXPECT_TRUE(at.look(one).was_writable);
  one.read_only = true;
  EXPECT_TRUE(at.look(one).was_writable);
  EXPECT_FALSE(at.look(one).read_only_by_design);
  EXPECT_FALSE(Follower{}.look(one).was_writable) << "so from the start";
  Follower image;
  EXPECT_TRUE(image.look(one).read_only_by_design);
  EXPECT_TRUE(image.look(with(20 * gib, 0.1)).read_only_by_design) << "opened for an update";
  EXPECT_FALSE(image.look(one).was_writable);
  one.was_writable = true; // fstab(5) says so
  EXPECT_TRUE(Follower{}.look(one).was_writable);
}

TEST(DiskRoom, what_could_not_be_asked_is_no_news) {
  Follower at;
  EXPECT_TRUE(at.look(with(20 * gib, 0.9)).filling);
  FileSystem one;
  one.space = Unknown{"nfs4, which may not answer"};
  EXPECT_TRUE(at.look(one).filling);
  EXPECT_FALSE(at.room.next());
  EXPECT_FALSE(at.look(with(20 * gib, 0.5)).filling);
  EXPECT_FALSE(at.look(with(0, 0)).full) << "a file system without blocks";
}

// The agent's own restart ends nothing and begins nothing.
TEST(DiskRoom, goes_on_with_what_was_told_before) {
  Follower at;
  at.room.resume({"disk.filling"});
  EXPECT_TRUE(at.look(with(20 * gib, 0.8)).filling);
  EXPECT_EQ(at.look(with(20 * gib, 0.795)).worst_percent, 81U);
  EXPECT_FALSE(at.look(with(20 * gib, 0.7)).filling);
  EXPECT_FALSE(at.look(with(20 * gib, 0.8)).filling);

  Follower freed;
  freed.room.resume({"disk.filling", "disk.full"});
  EXPECT_FALSE(freed.look(with(20 * gib, 0.5)).filling);

  Follower full;
  full.room.resume({"disk.filling", "disk.full"});
  EXPECT_TRUE(full.look(with(gib, 0.938)).full);

  FileSystem one = with(20 * gib, 0.1);
  one.read_only = true;
  Follower broken;
  broken.room.resume({"disk.readonly"});
  one = broken.look(one);
  EXPECT_TRUE(one.was_writable);
  EXPECT_FALSE(one.read_only_by_design);
}

TEST(DiskRoom, looks_come_closer_over_a_line_and_rest_while_it_is_told) {
  Follower at;
  at.look(with(20 * gib, 0.5));
  EXPECT_FALSE(at.room.next());
  at.look(with(20 * gib, 0.86));
  EXPECT_TRUE(at.room.next());
  at.look(with(20 * gib, 1.0));
  ASSERT_TRUE(at.room.next());
  EXPECT_GE(*at.room.next(), 5s);
}

} // namespace
} // namespace sshguardd::engine
