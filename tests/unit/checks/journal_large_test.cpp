#include "logs_fixture.hpp"

namespace sshguardd::test {
namespace {

TEST(JournalLarge, is_over_both_lines) {
  struct Row {
    const char* what;
    std::uint64_t bytes;
    std::size_t found;
  } const rows[] = {
      {"healthy", 2 * gib, 0},
      {"a fifth", 4 * gib, 1},
      {"more", 9 * gib, 1},
  };
  for (const Row& row : rows) {
    const auto findings = run("journal.large", with_journal([&row](Journal& journal) {
                                journal.bytes = journal.own_bytes = row.bytes;
                              }));
    ASSERT_EQ(findings.size(), row.found) << row.what;
    if (row.found == 0) continue;
    EXPECT_EQ(findings[0].summary, "the journal is large: over 20% of /");
    EXPECT_EQ(findings[0].severity, Severity::warning);
    EXPECT_EQ(findings[0].fix[0], "journalctl --rotate; journalctl --vacuum-size=2048M");
  }
}

TEST(JournalLarge, small_ones_are_never) {
  const auto findings = run("journal.large", with_journal([](Journal& journal) {
                              journal.space = space_of(1 * gib);
                              journal.bytes = 400 * mib;
                            }));
  EXPECT_TRUE(findings.empty()) << "40% of a small disk are less than warning_bytes";
}

TEST(JournalLarge, is_not_what_was_meant_so) {
  const auto meant = [](std::uint64_t limit) {
    return run("journal.large", with_journal([limit](Journal& journal) {
                 journal.bytes = journal.own_bytes = 6 * gib;
                 journal.limits.max_use = {limit, "/etc/systemd/journald.conf", 3};
               }));
  };
  EXPECT_TRUE(meant(5 * gib).empty()) << "near its limit";
  EXPECT_EQ(meant(1 * gib).size(), 1U) << "far over its limit";
}

TEST(JournalLarge, has_a_file_system_of_its_own) {
  EXPECT_TRUE(run("journal.large", with_journal([](Journal& journal) {
                    journal.bytes = 15 * gib;
                    journal.mount = "/var/log";
                    journal.apart = true;
                  }))
                  .empty());
}

TEST(JournalLarge, of_a_cloned_disk) {
  const auto findings = run("journal.large", with_journal([](Journal& journal) {
                              journal.bytes = 6 * gib;
                              journal.own_bytes = 1 * gib;
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_NE(findings[0].fix[0].find("not this machine's"), std::string::npos);
}

TEST(JournalLarge, is_made_smaller_where_that_helps) {
  const auto with_removable = [](std::uint64_t bytes) {
    return run("journal.large", with_journal([bytes](Journal& journal) {
                 journal.bytes = journal.own_bytes = 6 * gib;
                 journal.device = "8:1";
                 journal.removable = {.kind = RoomKind::journal,
                                      .path = "/var/log/journal/x",
                                      .bytes = bytes,
                                      .files = 3};
               }))
        .at(0);
  };
  // The line is 4 GiB.
  const Finding much = with_removable(5 * gib);
  ASSERT_TRUE(much.remedy);
  const auto& room = std::get<MakeRoom>(*much.remedy);
  EXPECT_EQ(room.mount, "/");
  EXPECT_EQ(room.device, "8:1");
  // Three quarters of the line, in whole percents.
  EXPECT_EQ(room.goal.freed / mib, 3 * gib / mib);
  EXPECT_EQ(room.goal.available, 0U);
  ASSERT_EQ(room.steps.size(), 1U);
  EXPECT_EQ(room.steps[0].path, "/var/log/journal/x");
  const auto freed = [&](std::uint64_t bytes) {
    const Finding finding = with_removable(bytes);
    return finding.remedy ? std::get<MakeRoom>(*finding.remedy).goal.freed : 0;
  };
  EXPECT_EQ(freed(5 * gib / 2), 5 * gib / 2) << "below the line, if not well";
  EXPECT_EQ(freed(2 * gib), 0U) << "it would stay at the line";
  EXPECT_EQ(freed(0), 0U);
}

// Of 20 GiB: the line is 4 GiB, and the disk is half empty.
TEST(JournalLarge, is_left_to_people_where_it_was_meant_so_or_is_not_this_machines) {
  struct Row {
    const char* what;
    std::uint64_t bytes, own;
    std::optional<std::uint64_t> limit;
    std::uint64_t freed; // 0: told and no more
  } const rows[] = {
      {"no limit of anybody's", 6 * gib, 6 * gib, {}, 3 * gib},
      {"more than half the disk is allowed", 6 * gib, 6 * gib, 12 * gib, 0},
      {"far beyond its limit", 6 * gib, 6 * gib, 1 * gib, 3 * gib},
      {"of other machines", 6 * gib, 1 * gib, {}, 0},
      {"of other machines for the most part", 9 * gib, 3 * gib, {}, 0},
      {"of both", 9 * gib, 6 * gib, {}, 3 * gib},
      {"within its limit but for others", 9 * gib, 6 * gib, 5 * gib, 0},
      {"not known whose", 6 * gib, 0, {}, 0},
  };
  for (const Row& row : rows) {
    const auto findings =
        run("journal.large", with_journal([&row](Journal& journal) {
              journal.bytes = row.bytes;
              journal.own_bytes = row.own;
              journal.limits.max_use.value = row.limit;
              journal.removable = {.kind = RoomKind::journal, .path = "x", .bytes = row.own};
            }));
    ASSERT_EQ(findings.size(), 1U) << row.what;
    const auto& remedy = findings[0].remedy;
    EXPECT_EQ((remedy ? std::get<MakeRoom>(*remedy).goal.freed : 0) / mib, row.freed / mib)
        << row.what;
  }
}

TEST(JournalLarge, none_and_empty) {
  EXPECT_TRUE(run("journal.large", healthy()).empty());
  EXPECT_TRUE(run("journal.large", with_journal([](Journal& journal) {
                    journal = {};
                    journal.lines = {.warning = 0, .warning_bytes = 0};
                  }))
                  .empty());
}

} // namespace
} // namespace sshguardd::test
