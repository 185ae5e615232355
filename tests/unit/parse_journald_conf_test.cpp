#include "parse/journald_conf.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace sshguardd::parse {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = kib * 1024;
constexpr std::uint64_t gib = mib * 1024;

TEST(JournaldConf, SizesAreSystemds) {
  struct Row {
    const char* text;
    std::optional<std::uint64_t> size;
  } const rows[] = {
      {"100G", 100 * gib},
      {"512M", 512 * mib},
      {"1.5G", gib + gib / 2},
      {"10.M", 10 * mib},
      {"1G 500M", gib + 500 * mib},
      {"1G500M", gib + 500 * mib},
      {"4096", 4096},
      {"4096B", 4096},
      {" 7 K", 7 * kib},
      {"+7K", 7 * kib},
      {"0", 0},
      {"15E", 15ULL << 60},
      {"16E", std::nullopt},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
      {"18446744073709551616", std::nullopt},
      {"", std::nullopt},
      {"G", std::nullopt},
      {"1g", std::nullopt},
      {"1GiB", std::nullopt},
      {"500M 1G", std::nullopt},
      {"1M 1M", std::nullopt},
      {"-1", std::nullopt},
      {"1 2", std::nullopt},
      {"1G,", std::nullopt},
      {"infinity", std::nullopt},
  };
  for (const Row& row : rows)
    EXPECT_EQ(journald_size(row.text), row.size) << row.text;
}

JournaldConf of(std::string_view text) {
  JournaldConf conf;
  add_journald_conf(conf, text, "/etc/systemd/journald.conf");
  return conf;
}

TEST(JournaldConf, TakesWhatStandsInItsSection) {
  const JournaldConf conf = of("# SystemMaxUse=1M\n"
                               "SystemMaxUse=2M\n"
                               "[Journal]\n"
                               "  ;SystemMaxUse=3M\n"
                               "Storage = persistent\n"
                               "\tSystemMaxUse =  4M \r\n"
                               "SystemKeepFree=\\\n"
                               "5M\n"
                               "RuntimeMaxUse=6M\n"
                               "SystemMaxFiles=7\n"
                               "systemmaxuse=8M\n"
                               "[Other]\n"
                               "SystemMaxUse=9M\n");
  EXPECT_EQ(conf.storage, "persistent");
  EXPECT_EQ(conf.system.max_use.value, 4 * mib);
  EXPECT_EQ(conf.system.max_use.line, 6);
  EXPECT_EQ(conf.system.keep_free.value, 5 * mib);
  EXPECT_EQ(conf.system.max_files.value, 7U);
  EXPECT_EQ(conf.runtime.max_use.value, 6 * mib);
  EXPECT_FALSE(conf.system.max_file_size.value);
}

TEST(JournaldConf, WhatIsNotValidIsNotThere) {
  JournaldConf conf = of("[Journal]\nSystemMaxUse=1G\nStorage=volatile\n");
  add_journald_conf(conf, "[Journal]\nSystemMaxUse=lots\nSystemMaxUse=\nStorage=tape\n", "/b");
  EXPECT_EQ(conf.system.max_use.value, gib);
  EXPECT_EQ(conf.system.max_use.file, "/etc/systemd/journald.conf");
  EXPECT_EQ(conf.storage, "volatile");
  add_journald_conf(conf, "\xef\xbb\xbf[Journal]\nSystemMaxUse=2G", "/c");
  EXPECT_EQ(conf.system.max_use.value, 2 * gib);
  EXPECT_EQ(conf.system.max_use.file, "/c");
}

TEST(JournaldConf, HostileTexts) {
  for (const std::string& text :
       {std::string{"[Journal"}, std::string{"[Journal]\n\\"}, std::string{"[Journal]\n=\n=="},
        std::string(100'000, '\\'), std::string(100'000, '['), std::string{"[Journal]\nSystem=1"},
        "[Journal]\nSystemMaxUse=" + std::string(100'000, '9'),
        std::string("[Journal]\n\0=\0", 13)})
    EXPECT_FALSE(of(text).system.max_use.value);
}

TEST(JournaldConf, DropInsByNameAndTheFirstDirectoryWins) {
  const std::vector<DropInDirectory> directories{
      {"/etc/d", {"50-b.conf", "10-a.conf", "99.conf~", ".x.conf", "70-m.conf"}, {"70-m.conf"}},
      {"/run/d", {"50-b.conf", "60-c.conf"}, {}},
      {"/usr/lib/d", {"70-m.conf", "00-z.conf", "README"}, {}}};
  EXPECT_EQ(drop_ins_in_order(directories),
            (std::vector<std::string>{"/usr/lib/d/00-z.conf", "/etc/d/10-a.conf",
                                      "/etc/d/50-b.conf", "/run/d/60-c.conf"}));
}

} // namespace
} // namespace sshguardd::parse
