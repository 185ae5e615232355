#include "logs_fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* conf = "/etc/systemd/journald.conf";

TEST(JournalUncapped, never_by_systemds_defaults) {
  for (const std::uint64_t total :
       {16 * mib, 100 * mib, 512 * mib, 2 * gib, 8 * gib, 20 * gib, 200 * gib, 20'000 * gib}) {
    EXPECT_TRUE(run("journal.uncapped", with_journal([total](Journal& journal) {
                      journal.space = space_of(total);
                      journal.bytes = total / 10;
                    }))
                    .empty())
        << total;
  }
}

TEST(JournalUncapped, is_more_than_half_of_what_it_shares) {
  struct Row {
    const char* what;
    std::uint64_t total, max_use;
    std::optional<std::uint64_t> keep_free, max_files;
    std::size_t found;
  } const rows[] = {
      {"set so large that it is no limit", 20 * gib, 100 * gib, {}, {}, 1},
      {"0, which makes small files, a hundred of them", 20 * gib, 0, {}, {}, 0},
      {"0, and as many files as there may be", 20 * gib, 0, {}, 0, 1},
      {"a tenth", 20 * gib, 2 * gib, {}, {}, 0},
      {"half of it", 20 * gib, 10 * gib, {}, {}, 0},
      {"on a large disk the number of files is the limit", 200 * gib, 1000 * gib, {}, {}, 0},
      {"not if that is lifted", 200 * gib, 1000 * gib, {}, 0, 1},
      {"most is kept free", 20 * gib, 100 * gib, 15 * gib, {}, 0},
      {"more is kept free than there is", 20 * gib, 100 * gib, 100 * gib, {}, 0},
      {"nothing is kept free", 2 * gib, 100 * gib, 0, {}, 1},
  };
  for (const Row& row : rows) {
    const auto findings = run("journal.uncapped", with_journal([&row](Journal& journal) {
                                journal.space = space_of(row.total);
                                journal.limits.max_use = {row.max_use, conf, 3};
                                journal.limits.keep_free.value = row.keep_free;
                                journal.limits.max_files.value = row.max_files;
                              }));
    ASSERT_EQ(findings.size(), row.found) << row.what;
    if (row.found == 0) continue;
    EXPECT_EQ(findings[0].severity, Severity::warning);
    EXPECT_EQ(findings[0].when, When::soon);
  }
}

// As journald 252 and 257 say themselves ("System Journal ... max").
TEST(JournalUncapped, limits_are_those_of_journald) {
  Journal journal;
  journal.space = space_of(488 * mib);
  EXPECT_EQ(journal.limit() / mib, 48U);
  journal.limits.max_file_size.value = 200 * mib;
  EXPECT_EQ(journal.limit() / mib, 400U);
  journal.limits.max_file_size.value = mib;
  journal.limits.max_use.value = 100 * gib;
  journal.limits.max_files.value = 3;
  EXPECT_EQ(journal.limit() / mib, 4U);
  journal.limits = {};
  journal.limits.max_use.value = 100 * gib;
  EXPECT_EQ(journal.limit() / mib, 463U) << "5 % are kept free";
}

TEST(JournalUncapped, says_what_to_write) {
  const auto findings = run("journal.uncapped", with_journal([](Journal& journal) {
                              journal.limits.max_use = {100 * gib, conf, 3};
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(findings[0].summary.ends_with("% of /: journald.conf:3")) << findings[0].summary;
  EXPECT_EQ(findings[0].fix[0], "[Journal] SystemMaxUse=2048M into journald.conf.d/zz-size.conf");
  EXPECT_EQ(findings[0].fix[1],
            "mkdir -p /etc/systemd/journald.conf.d && (echo '[Journal]'; echo "
            "SystemMaxUse=2048M) >/etc/systemd/journald.conf.d/zz-size.conf && systemctl restart "
            "systemd-journald");
  EXPECT_EQ(findings[0].evidence[1].what, "/etc/systemd/journald.conf:3");
}

TEST(JournalUncapped, the_drop_in_comes_last) {
  const auto findings =
      run("journal.uncapped", with_journal([](Journal& journal) {
            journal.limits.max_use = {100 * gib, "/run/systemd/journald.conf.d/zzz.conf", 2};
          }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(findings[0].fix[0].ends_with("/zzz.conf.conf")) << findings[0].fix[0];
}

TEST(JournalUncapped, while_it_is_volatile) {
  const auto findings = run("journal.uncapped", with_journal([](Journal& journal) {
                              journal.directory = "/run/log/journal";
                              journal.mount = "/run";
                              journal.space = space_of(400 * mib);
                              journal.limits.max_use = {10 * gib, conf, 7};
                            }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_NE(findings[0].fix[0].find("RuntimeMaxUse=40M"), std::string::npos);
}

TEST(JournalUncapped, not_apart_nor_none) {
  EXPECT_TRUE(run("journal.uncapped", with_journal([](Journal& journal) {
                    journal.limits.max_use = {100 * gib, conf, 3};
                    journal.apart = true;
                  }))
                  .empty());
  EXPECT_TRUE(run("journal.uncapped", healthy()).empty());
}

} // namespace
} // namespace sshguardd::test
