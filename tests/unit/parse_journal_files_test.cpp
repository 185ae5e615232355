#include "parse/journal_files.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <limits>

namespace sshguardd::parse {
namespace {

constexpr std::int64_t now = 1'795'230'727'000'000;
constexpr std::int64_t day = 86'400'000'000;
constexpr std::uint64_t MiB = 1ULL << 20U;
constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();
const std::string seqnum_id(32, 'a');

std::string archived(const char* owner, int number) {
  char rest[64];
  std::snprintf(rest, sizeof rest, "%016x-%016x.journal", static_cast<unsigned>(number), 0x64U);
  return std::string{owner} + "@" + seqnum_id + "-" + rest;
}

// So many days old.
JournalFile file(const std::string& name, std::int64_t days, std::uint64_t mib) {
  return {.name = name, .bytes = mib * MiB, .newest_us = now - days * day, .may_go = true};
}

JournalFile active(const char* name, std::uint64_t mib) {
  return {.name = name, .bytes = mib * MiB, .newest_us = now, .may_go = false};
}

using Chosen = std::vector<std::size_t>;

TEST(JournalFiles, names_are_those_that_journald_gives) {
  const auto system =
      archived_journal("system@" + seqnum_id + "-0000000000000001-00065f0a1b2c3d4e.journal");
  ASSERT_TRUE(system);
  EXPECT_TRUE(system->system);
  EXPECT_FALSE(system->put_aside);
  EXPECT_EQ(system->named_us, 0x65f0a1b2c3d4e);
  const auto user = archived_journal(archived("user-1000", 7));
  ASSERT_TRUE(user);
  EXPECT_FALSE(user->system);
  const auto aside = archived_journal("system@00065f0a1b2c3d4e-0123456789abcdef.journal~");
  ASSERT_TRUE(aside);
  EXPECT_TRUE(aside->put_aside);
  EXPECT_EQ(aside->named_us, 0x65f0a1b2c3d4e);
  // A time beyond all clocks is in the future, not in the past.
  const auto far = archived_journal("system@ffffffffffffffff-0123456789abcdef.journal~");
  ASSERT_TRUE(far);
  EXPECT_GT(far->named_us, now);
}

TEST(JournalFiles, every_other_name_is_somebodys_own) {
  const std::string good = archived("system", 1);
  ASSERT_TRUE(archived_journal(good));
  for (const std::string& name :
       {std::string{},
        std::string{"system.journal"},
        std::string{"user-1000.journal"},
        std::string{"remote-" + good},
        std::string{"x" + good},
        good + "x",
        good + "~",
        good + "\n",
        "user-" + good.substr(6),
        "user-10x" + good.substr(6),
        "user-12345678901" + good.substr(6),
        "SYSTEM" + good.substr(6),
        good.substr(0, 60),
        std::string{"system@.journal"},
        std::string{"system@.journal~"},
        std::string{"@"},
        std::string{"system@0123456789abcdef-0123456789abcdeg.journal~"},
        std::string{"system@0123456789ABCDEF-0123456789abcdef.journal~"},
        std::string{"../system@0123456789abcdef-0123456789abcdef.journal~"},
        std::string{"backup.journal"},
        good + ".gz"})
    EXPECT_FALSE(archived_journal(name)) << name;
  std::string wrong = good;
  for (std::size_t i = 0; i < good.size(); ++i) {
    wrong = good;
    wrong[i] = '/';
    EXPECT_FALSE(archived_journal(wrong)) << wrong;
    wrong[i] = '\0';
    EXPECT_FALSE(archived_journal(wrong)) << i;
    EXPECT_FALSE(archived_journal(good.substr(0, i)));
  }
  EXPECT_TRUE(is_active_journal("system.journal"));
  EXPECT_TRUE(is_active_journal("user-0.journal"));
  EXPECT_FALSE(is_active_journal(good));
  EXPECT_FALSE(is_active_journal("mine.journal"));
}

TEST(JournalFiles, the_header_tells_that_it_is_archived_and_when_it_was_last_written) {
  std::string bytes(journal_header_size, '\0');
  EXPECT_FALSE(journal_header(bytes));
  bytes.replace(0, 8, "LPKSHHRH");
  bytes[192] = 0x4e;
  bytes[193] = 0x3d;
  ASSERT_TRUE(journal_header(bytes));
  EXPECT_FALSE(journal_header(bytes)->archived) << "offline, still in use";
  EXPECT_EQ(journal_header(bytes)->tail_us, 0x3d4e);
  bytes[201] = 0x02;
  EXPECT_EQ(journal_header(bytes)->tail_monotonic_us, 0x200);
  bytes[56] = static_cast<char>(0xa5);
  bytes[71] = 0x0c;
  EXPECT_EQ(journal_header(bytes)->tail_boot, "a5" + std::string(28, '0') + "0c");
  bytes[16] = 1;
  EXPECT_FALSE(journal_header(bytes)->archived) << "online";
  bytes[16] = 2;
  EXPECT_TRUE(journal_header(bytes)->archived);
  bytes[199] = static_cast<char>(0xff);
  EXPECT_GT(journal_header(bytes)->tail_us, now);
  EXPECT_FALSE(journal_header(bytes.substr(0, journal_header_size - 1)));
  EXPECT_FALSE(journal_header(""));
}

TEST(JournalFiles, the_oldest_go_first_and_no_more_than_are_needed) {
  const std::vector<JournalFile> files{
      file(archived("system", 3), 3, 40), file(archived("system", 1), 9, 40),
      file(archived("system", 2), 5, 40), active("system.journal", 80)};
  EXPECT_EQ(choose_journal_files(files, 0, now), Chosen{});
  EXPECT_EQ(choose_journal_files(files, 1, now), (Chosen{1}));
  EXPECT_EQ(choose_journal_files(files, 40 * MiB, now), (Chosen{1}));
  EXPECT_EQ(choose_journal_files(files, 40 * MiB + 1, now), (Chosen{1, 2}));
  EXPECT_EQ(choose_journal_files(files, everything, now), (Chosen{1, 2, 0}));
}

TEST(JournalFiles, a_day_is_kept_whoever_needs_room) {
  const std::vector<JournalFile> files{
      file(archived("system", 1), 1, 100), file(archived("system", 2), 0, 500),
      file(archived("system", 3), -3, 500), active("system.journal", 100)};
  EXPECT_EQ(choose_journal_files(files, everything, now), (Chosen{0}));
  EXPECT_EQ(choose_journal_files(files, everything, now - 1), Chosen{})
      << "a day to the microsecond";
  EXPECT_EQ(choose_journal_files(files, everything, 0), Chosen{});
  EXPECT_EQ(choose_journal_files(files, everything, std::numeric_limits<std::int64_t>::min()),
            Chosen{});
  auto timeless = files;
  timeless[0].newest_us = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(choose_journal_files(timeless, everything, now), Chosen{});
}

TEST(JournalFiles, so_are_64_MiB) {
  // Also where the clock is years ahead, so that all seems old.
  const std::vector<JournalFile> files{
      file(archived("system", 1), 900, 40), file(archived("system", 2), 800, 40),
      file(archived("system", 3), 700, 40), file(archived("system", 4), 600, 40)};
  EXPECT_EQ(choose_journal_files(files, everything, now), (Chosen{0, 1})) << "80 MiB stay, not 40";
  EXPECT_EQ(choose_journal_files({files[0], files[1]}, everything, now), Chosen{});
  EXPECT_EQ(choose_journal_files({files[0], active("system.journal", 64)}, everything, now),
            (Chosen{0}));
  EXPECT_EQ(choose_journal_files({files[0], active("system.journal", 63)}, everything, now),
            Chosen{});
}

TEST(JournalFiles, a_user_who_fills_the_journal_pushes_nothing_of_the_systems_out) {
  const std::vector<JournalFile> files{
      file(archived("system", 1), 30, 30), file(archived("system", 2), 20, 30),
      file(archived("user-1000", 3), 10, 200), active("user-1000.journal", 500),
      active("system.journal", 8)};
  EXPECT_EQ(choose_journal_files(files, everything, now), (Chosen{2}))
      << "the system's 68 MiB stay, whatever the user has";
}

TEST(JournalFiles, what_may_not_go_leaves_no_gap) {
  // The oldest is too large for the floor: nothing younger of the system's goes in its place.
  const std::vector<JournalFile> files{file(archived("system", 1), 30, 100),
                                       file(archived("system", 2), 20, 1),
                                       active("system.journal", 60)};
  EXPECT_EQ(choose_journal_files(files, everything, now), Chosen{});
  // One that is in use by its header, or has two names.
  auto odd = files;
  odd.push_back(active("user-7.journal", 900));
  odd[0].may_go = false;
  EXPECT_EQ(choose_journal_files(odd, everything, now), (Chosen{1}));
}

TEST(JournalFiles, hostile_sizes_overflow_nothing) {
  std::vector<JournalFile> files{file(archived("system", 1), 30, 1),
                                 file(archived("system", 2), 29, 1)};
  files[0].bytes = files[1].bytes = everything;
  EXPECT_TRUE(choose_journal_files(files, everything, now).empty());
  files[1].bytes = 0;
  EXPECT_TRUE(choose_journal_files(files, everything, now).empty());
  EXPECT_TRUE(choose_journal_files({}, everything, now).empty());
}

} // namespace
} // namespace sshguardd::parse
