#include "config/load.hpp"
#include "config/mount_lines.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sshguardd::config {
namespace {

TEST(MountLines, sizes_are_read_and_shown) {
  struct {
    const char* text;
    std::optional<std::uint64_t> size;
  } const rows[] = {
      {"0", 0},
      {"100M", 100ULL << 20},
      {"50G", 50ULL << 30},
      {"1T", 1ULL << 40},
      {"3K", 3072},
      {"104857600", 100ULL << 20},
      {"99999999999999999999999", std::numeric_limits<std::uint64_t>::max()},
      {"99999999999999999999999T", std::numeric_limits<std::uint64_t>::max()},
      {"18446744073709551615K", std::numeric_limits<std::uint64_t>::max()},
      {"", {}},
      {"-1", {}},
      {"+1", {}},
      {"1.5G", {}},
      {"100 M", {}},
      {"100MB", {}},
      {"M", {}},
      {"100m", {}},
  };
  for (const auto& row : rows)
    EXPECT_EQ(parse_size(row.text), row.size) << row.text;
  EXPECT_EQ(show_size(100ULL << 20), "100M");
  EXPECT_EQ(show_size((100ULL << 20) + 1), "104857601");
  EXPECT_EQ(show_size(0), "0");
}

TEST(MountLines, of_the_section_disk) {
  const Loaded loaded = parse("[disk]\n"
                              "warning = 80\n"
                              "critical_bytes = 1G\n"
                              "/var/log = warning=95 critical_bytes=10M\n"
                              "/srv/ =  critical=99\n",
                              "f.conf");
  EXPECT_EQ(loaded.errors.lines, std::vector<std::string>{});
  EXPECT_EQ(loaded.config.disk_warning, 80U);
  EXPECT_EQ(loaded.config.disk_critical, 95U);
  EXPECT_EQ(loaded.config.disk_critical_bytes, 1ULL << 30);
  ASSERT_EQ(loaded.config.disk_mounts.size(), 2U);
  EXPECT_EQ(show_mount_lines(loaded.config.disk_mounts[0]), "warning=95 critical_bytes=10M");
  EXPECT_EQ(loaded.config.disk_mounts[1].path, "/srv");
  EXPECT_EQ(loaded.config.disk_mounts[1].critical, 99U);
  EXPECT_FALSE(loaded.config.disk_mounts[1].warning.has_value());
  EXPECT_EQ(loaded.set_at.at("[disk] /var/log"), "f.conf:4");
}

TEST(MountLines, errors_have_file_and_line) {
  const std::string allowed = ", allowed: warning=1 to 100, warning_bytes=SIZE, critical=1 to 100, "
                              "critical_bytes=SIZE (as 100M or 50G)";
  struct {
    std::string line;
    std::string error;
  } const rows[] = {
      {"warning = 101", "warning: \"101\" is too large, allowed: 1 to 100 percent"},
      {"warning = 85%", "warning: \"85%\" is not valid, allowed: 1 to 100 percent"},
      {"critical_bytes = much",
       "critical_bytes: \"much\" is not valid, allowed: bytes, as 104857600, 100M or 50G"},
      {"warnin = 85", "warnin: unknown key, did you mean \"warning\"? Allowed: warning, "
                      "warning_bytes, critical, critical_bytes"},
      {"/var = warning=0", "/var: \"warning=0\" is not valid" + allowed},
      {"/var = 85", "/var: \"85\" is not known" + allowed},
      {"/var = critical_bytes=1x", "/var: \"critical_bytes=1x\" is not valid" + allowed},
      {"/var =", "/var: no value" + allowed},
  };
  for (const auto& row : rows) {
    const Loaded loaded = parse("[disk]\n" + row.line + "\n", "f.conf");
    ASSERT_EQ(loaded.errors.lines.size(), 1U) << row.line;
    EXPECT_EQ(loaded.errors.lines[0], "f.conf:2: [disk] " + row.error);
    EXPECT_TRUE(loaded.config.disk_mounts.empty());
  }
}

TEST(MountLines, the_later_file_wins_and_one_has_it_once) {
  const File files[] = {{"main", "[disk]\n/var = warning=90 critical=98\n"},
                        {"10", "[disk]\n/var = warning=91\n/var = warning=92\n"}};
  const Loaded loaded = parse(files);
  ASSERT_EQ(loaded.config.disk_mounts.size(), 1U);
  EXPECT_EQ(loaded.config.disk_mounts[0].warning, 92U);
  EXPECT_FALSE(loaded.config.disk_mounts[0].critical.has_value());
  ASSERT_EQ(loaded.errors.lines.size(), 1U);
  EXPECT_EQ(loaded.errors.lines[0],
            "10:3: [disk] /var: set already in line 2, the last valid value counts; allowed: once");
}

TEST(MountLines, are_bounded) {
  std::string text = "[disk]\n";
  for (int i = 0; i < 60; ++i)
    text += "/m" + std::to_string(i) + " = warning=90\n";
  const Loaded loaded = parse(text, "f.conf");
  EXPECT_EQ(loaded.config.disk_mounts.size(), 50U);
  EXPECT_FALSE(loaded.errors.lines.empty());
}

// A line that is critical before it is a warning is nobody's wish: the defaults, and it is said.
TEST(MountLines, critical_comes_after_the_warning) {
  struct {
    std::string text;
    std::string error; // of the only one; empty: none
  } const rows[] = {
      {"[disk]\nwarning = 90\ncritical = 90\n", ""},
      {"[disk]\nwarning = 90\ncritical = 80\n",
       "f.conf:3: [disk] critical: critical = 80 is below warning = 90"},
      {"[disk]\ncritical = 80\n", "f.conf:2: [disk] critical: critical = 80 is below warning = 85"},
      {"[disk]\nwarning = 96\n", "f.conf:2: [disk] warning: critical = 95 is below warning = 96"},
      {"[disk]\nwarning_bytes = 1G\ncritical_bytes = 2G\n",
       "f.conf:3: [disk] critical_bytes: critical_bytes = 2G is above warning_bytes = 1G"},
  };
  for (const auto& row : rows) {
    const Loaded loaded = parse(row.text, "f.conf");
    ASSERT_EQ(loaded.errors.lines.size(), row.error.empty() ? 0U : 1U) << row.text;
    if (row.error.empty()) continue;
    EXPECT_EQ(loaded.errors.lines[0],
              row.error + ", allowed: critical comes after the warning; the defaults are used");
    const Config& config = loaded.config;
    EXPECT_EQ(std::pair(config.disk_warning, config.disk_critical), std::pair(85UL, 95UL));
    EXPECT_EQ(std::pair(config.disk_warning_bytes, config.disk_critical_bytes),
              std::pair(50UL << 30U, 100UL << 20U));
    EXPECT_TRUE(loaded.set_at.empty());
  }
  const Loaded loaded = parse("[disk]\n/srv = warning=90 critical=80 critical_bytes=1G\n"
                              "/var = critical=80\n/opt = warning=96 critical=97\n",
                              "f.conf");
  ASSERT_EQ(loaded.errors.lines.size(), 2U);
  EXPECT_EQ(loaded.errors.lines[0],
            "f.conf:2: [disk] /srv: critical = 80 is below warning = 90, allowed: critical comes "
            "after the warning; what holds for all is used");
  EXPECT_TRUE(loaded.errors.lines[1].starts_with("f.conf:3: [disk] /var: critical = 80 is below"));
  EXPECT_EQ(show_mount_lines(loaded.config.disk_mounts[0]), "critical_bytes=1G");
  EXPECT_EQ(show_mount_lines(loaded.config.disk_mounts[2]), "warning=96 critical=97");
}

} // namespace
} // namespace sshguardd::config
