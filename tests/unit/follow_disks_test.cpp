// Stories of file systems: each is a trouble of its own, that goes from filling to full and back.
#include "engine/report.hpp"
#include "fixture.hpp"

namespace sshguardd::test {
namespace {

using engine::Line;

struct Story {
  engine::Ledger ledger;
  BootClock::duration later{};

  std::vector<Line> at(const std::vector<FileSystem>& file_systems) {
    Snapshot snapshot = healthy();
    snapshot.disks = Disks{file_systems};
    return at(snapshot);
  }
  std::vector<Line> at(Snapshot snapshot) {
    later += 1min;
    snapshot.taken.boot += later;
    snapshot.taken.wall += later;
    return engine::follow(ledger, engine::evaluate(snapshot, catalog()), {}, snapshot);
  }
};

FileSystem used(const char* mount, std::uint64_t percent) {
  FileSystem one = healthy_root();
  one.mount = mount;
  one.filling = percent >= 85;
  one.full = percent >= 95;
  one.worst_percent = percent;
  return one;
}

TEST(FollowDisks, FromFillingToFullAndBackIsOneStory) {
  Story story;
  auto lines = story.at({used("/", 86)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].sentence, "/ is filling up: over 85% used. DO: du -xh / | sort -h | tail.");
  EXPECT_EQ(lines[0].state, engine::State::warning);
  const std::uint32_t seq = lines[0].seq;
  EXPECT_TRUE(story.at({used("/", 89)}).empty()) << "no line for each percent";

  lines = story.at({used("/", 97)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].id, "disk.full");
  EXPECT_EQ(lines[0].state, engine::State::critical);
  EXPECT_EQ(lines[0].about, seq);

  lines = story.at({used("/", 90)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].id, "disk.filling");
  EXPECT_EQ(lines[0].about, seq);

  lines = story.at({used("/", 50)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].ends, seq);
  EXPECT_EQ(lines[0].by, "recovered");
  EXPECT_EQ(lines[0].sentence, "Ended for / after 4m: there is room again.");
  EXPECT_TRUE(story.ledger.episodes.empty());
}

TEST(FollowDisks, EachFileSystemIsAStoryOfItsOwn) {
  Story story;
  auto lines = story.at({used("/", 50), used("/home", 86)});
  ASSERT_EQ(lines.size(), 1U);
  const std::uint32_t home = lines[0].seq;
  EXPECT_EQ(lines[0].subject, "/home");

  lines = story.at({used("/", 97), used("/home", 86)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].subject, "/");
  EXPECT_EQ(lines[0].kind, Line::Kind::opened);
  const std::uint32_t root = lines[0].seq;
  EXPECT_EQ(story.ledger.episodes.size(), 2U);

  lines = story.at({used("/", 97), used("/home", 98)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].about, home);

  lines = story.at({used("/", 50), used("/home", 98)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].ends, root);
  EXPECT_TRUE(lines[0].sentence.starts_with("Ended for / after")) << lines[0].sentence;

  lines = story.at({used("/", 50), used("/home", 50)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].ends, home);
}

TEST(FollowDisks, WhatCouldNotBeLookedAtHasNotEnded) {
  Story story;
  ASSERT_EQ(story.at({used("/", 97)}).size(), 1U);
  Snapshot snapshot = healthy();
  snapshot.disks = Unknown{"the table of mounts cannot be read"};
  EXPECT_TRUE(story.at(snapshot).empty());
  EXPECT_EQ(story.ledger.episodes.size(), 1U);
  EXPECT_TRUE(story.at({used("/", 97)}).empty());
}

} // namespace
} // namespace sshguardd::test
