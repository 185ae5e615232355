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

// Of fstab(5) alone: what is told of the disks themselves goes on.
TEST(FollowDisks, WhatTheNextBootMakesOfAnUnreadableFstabHasNotEnded) {
  const auto with = [](Fact<std::vector<FstabMount>> fstab, std::vector<EphemeralMount> ephemeral) {
    Snapshot snapshot = healthy();
    snapshot.mounts = MountFacts{
        .fstab = std::move(fstab), .unreadable = {}, .ephemeral = std::move(ephemeral), .room = {}};
    return snapshot;
  };
  FstabMount home;
  home.source = "UUID=1";
  home.point = "/home";
  home.expected = true;
  home.homes = {"/home/alice"};
  FstabMount data;
  data.source = "UUID=2";
  data.point = "/data";
  data.expected = data.required = true;
  data.wrong = "no disk has UUID=2";
  EphemeralMount mnt;
  mnt.mount = "/mnt";
  mnt.homes = {"/mnt/bob"};
  const std::vector<FstabMount> entries{home, data};

  Story story;
  story.at(with(entries, {mnt}));
  story.at(with(entries, {mnt}));
  ASSERT_EQ(story.ledger.episodes.size(), 3U);
  EXPECT_TRUE(story.at(with(Unknown{"/etc/fstab: Input/output error"}, {mnt})).empty());
  EXPECT_EQ(story.ledger.episodes.size(), 3U);
  Snapshot blind = with(entries, {mnt});
  blind.mounts = Unknown{"the table of mounts cannot be read"};
  EXPECT_TRUE(story.at(blind).empty());
  EXPECT_EQ(story.ledger.episodes.size(), 3U);

  const auto lines = story.at(with(Unknown{"/etc/fstab: Input/output error"}, {}));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].subject, "/mnt");
  EXPECT_TRUE(lines[0].sentence.starts_with("Ended for /mnt after")) << lines[0].sentence;
  EXPECT_EQ(story.at(with(std::vector<FstabMount>{}, {})).size(), 2U) << "both are mended";
}

TEST(FollowDisks, WhatWasFreedIsToldOnce) {
  const auto heal = [](const Story& story, const char* outcome, const char* after) {
    return engine::Heal{.time = at_noon.wall + story.later + 5s,
                        .id = "disk.full",
                        .subject = "/",
                        .remedy = name_of(MakeRoom{}),
                        .before = "",
                        .after = after,
                        .outcome = outcome,
                        .asked_by = ""};
  };
  Story story;
  ASSERT_EQ(story.at({used("/", 97)}).size(), 1U);
  const std::uint32_t seq = story.ledger.episodes.front().seq;
  engine::remember(story.ledger, heal(story, "healed", "freed 120 MiB in /var/cache/apt/archives"));
  story.ledger.episodes.front().healed = "disk.full";
  auto lines = story.at({used("/", 90)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].sentence, "/ is filling up: over 90% used; the agent freed 120 MiB in "
                               "/var/cache/apt/archives. DO: du -xh / | sort -h | tail.");
  EXPECT_EQ(lines[0].about, seq);
  EXPECT_TRUE(story.at({used("/", 90)}).empty()) << "no line because it is not said again";

  lines = story.at({used("/", 97)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].sentence.find("the agent freed"), std::string::npos) << lines[0].sentence;

  // Room for good: the end has it too. Of another file system nothing is told.
  engine::Heal other = heal(story, "healed", "freed 1 MiB in /var/log/journal");
  other.subject = "/home";
  engine::remember(story.ledger, other);
  lines = story.at({used("/", 50)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].by, "agent");
  EXPECT_NE(lines[0].sentence.find("there is room again by the agent (freed 120 MiB in "
                                   "/var/cache/apt/archives)"),
            std::string::npos)
      << lines[0].sentence;
}

TEST(FollowDisks, WhatGrewIsTold) {
  Story story;
  ASSERT_EQ(story.at({used("/", 90)}).size(), 1U);
  engine::remember(story.ledger,
                   {.time = at_noon.wall + story.later + 5s,
                    .id = "disk.unclaimed",
                    .subject = "/",
                    .remedy = name_of(GrowFileSystem{}),
                    .before = "",
                    .after = "grew / by 10 GiB, from 20 GiB to 30 GiB (21474836480 to 32212254720 "
                             "bytes)",
                    .outcome = "healed",
                    .asked_by = ""});
  story.ledger.episodes.front().ids.emplace_back("disk.unclaimed");
  story.ledger.episodes.front().healed = "disk.unclaimed";
  const auto lines = story.at({used("/", 50)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].by, "agent");
  EXPECT_NE(lines[0].sentence.find("it has the room by the agent (grew / by 10 GiB, from 20 GiB to "
                                   "30 GiB)"),
            std::string::npos)
      << lines[0].sentence;
}

TEST(FollowDisks, WhatDidNotHelpIsToldToo) {
  Story story;
  ASSERT_EQ(story.at({used("/", 97)}).size(), 1U);
  engine::remember(story.ledger,
                   {.time = at_noon.wall + story.later + 5s,
                    .id = "disk.full",
                    .subject = "/",
                    .remedy = name_of(MakeRoom{}),
                    .before = "",
                    .after = "freed 5 MiB in /var/log/journal; still short: make room",
                    .outcome = "still-broken",
                    .asked_by = ""});
  FileSystem worse = used("/", 100);
  const auto lines = story.at({worse});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].sentence, "/ is full: 100% used; the agent freed 5 MiB in /var/log/journal. "
                               "DO: du -xh / | sort -h | tail.");
}

} // namespace
} // namespace sshguardd::test
