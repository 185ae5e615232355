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

std::vector<ToldBefore> told(std::initializer_list<const char*> ids) {
  std::vector<ToldBefore> before;
  for (const char* id : ids)
    before.push_back({id, true});
  return before;
}

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

// squashfs, erofs: nothing is left of blocks and inodes, and nobody wants any.
TEST(DiskRoom, what_is_read_only_on_purpose_has_no_lines) {
  FileSystem image = with(2 * gib, 1.0);
  Space none_left = *image.space;
  none_left.inodes = 70'000;
  image.space = none_left;
  struct Row {
    const char* name;
    bool read_only, by_design, was_writable, over;
  } const rows[] = {
      {"an image, or ro in fstab(5)", true, true, false, false},
      {"so from the start", true, false, false, false},
      {"ro in fstab(5), but open for a while", false, true, false, true},
      {"made so by errors", true, false, true, true},
      {"writable", false, false, true, true},
  };
  for (const Row& row : rows) {
    FileSystem one = image;
    one.read_only = row.read_only;
    one.read_only_by_design = row.by_design;
    one.was_writable = row.was_writable;
    Follower at;
    one = at.look(one);
    EXPECT_EQ(one.filling, row.over) << row.name;
    EXPECT_EQ(one.full, row.over) << row.name;
    EXPECT_EQ(one.inodes_filling, row.over) << row.name;
    EXPECT_EQ(one.inodes_full, row.over) << row.name;
    EXPECT_EQ(one.worst_percent, row.over ? 100U : 0U) << row.name;
    EXPECT_EQ(at.room.next().has_value(), row.over) << row.name;
  }
  Follower update;
  image.read_only_by_design = true;
  EXPECT_TRUE(update.look(image).full);
  image.read_only = true;
  EXPECT_FALSE(update.look(image).full) << "closed again";
  Follower resumed;
  resumed.room.resume(told({"disk.full", "disk.inodes"}));
  image = resumed.look(image);
  EXPECT_FALSE(image.full || image.inodes_full) << "told before the agent's own restart";
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
  at.room.resume(told({"disk.filling"}));
  EXPECT_TRUE(at.look(with(20 * gib, 0.8)).filling);
  EXPECT_EQ(at.look(with(20 * gib, 0.795)).worst_percent, 81U);
  EXPECT_FALSE(at.look(with(20 * gib, 0.7)).filling);
  EXPECT_FALSE(at.look(with(20 * gib, 0.8)).filling);

  Follower freed;
  freed.room.resume(told({"disk.filling", "disk.full"}));
  EXPECT_FALSE(freed.look(with(20 * gib, 0.5)).filling);

  Follower full;
  full.room.resume(told({"disk.filling", "disk.full"}));
  EXPECT_TRUE(full.look(with(gib, 0.938)).full);

  FileSystem one = with(20 * gib, 0.1);
  one.read_only = true;
  Follower broken;
  broken.room.resume(told({"disk.readonly"}));
  one = broken.look(one);
  EXPECT_TRUE(one.was_writable);
  EXPECT_FALSE(one.read_only_by_design);
}

// One id for both: what was a warning is none that is critical after a restart of the agent.
TEST(DiskRoom, goes_on_with_the_line_of_inodes_that_was_told) {
  struct Row {
    const char* what;
    bool critical, vital, filling, full;
  } const rows[] = {
      {"a warning", false, true, true, false},
      {"critical", true, true, true, true},
      {"of what is not vital only the second line is told", false, false, true, true},
  };
  for (const Row& row : rows) {
    Follower at;
    at.room.resume({ToldBefore{"disk.inodes", row.critical}});
    FileSystem one = with(20 * gib, 0.1);
    one.vital = row.vital;
    Space space = *one.space;
    space.inodes = 32'768;
    space.inodes_free = 2000; // 94 % are used: between the lines, and not well below the second
    one.space = space;
    one = at.look(one);
    EXPECT_EQ(one.inodes_filling, row.filling) << row.what;
    EXPECT_EQ(one.inodes_full, row.full) << row.what;
  }
}

TEST(DiskRoom, takes_up_every_trouble_of_a_file_system) {
  Episode filling;
  filling.id = "disk.filling";
  filling.ids = {"disk.filling", "disk.full"};
  filling.subject = "/";
  filling.severity = Severity::critical;
  Episode inodes;
  inodes.id = "disk.inodes";
  inodes.ids = {"disk.inodes"};
  inodes.subject = "/";
  inodes.severity = Severity::warning;
  Episode other;
  other.id = "sshd.failed";
  other.ids = {"sshd.failed"};
  auto told_of = told_before({filling, inodes, other});
  ASSERT_EQ(told_of.size(), 1U);
  ASSERT_EQ(told_of["/"].size(), 3U);
  EXPECT_EQ(told_of["/"][0].id, "disk.filling");
  EXPECT_EQ(told_of["/"][1].id, "disk.full");
  EXPECT_TRUE(told_of["/"][1].critical);
  EXPECT_EQ(told_of["/"][2].id, "disk.inodes");
  EXPECT_FALSE(told_of["/"][2].critical);
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
