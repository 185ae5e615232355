#include "config/load.hpp"
#include "config/nearest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace sshguardd::config {
namespace {

using namespace std::string_literals;
using Errors = std::vector<std::string>;

Loaded load(const std::string& text) {
  return parse(text, "f.conf");
}

TEST(ConfigLoad, AnEmptyFileGivesTheDefaults) {
  for (const std::string& text : {""s, "\n\n"s, "# all of it\n; is comment"s, "\xef\xbb\xbf"s}) {
    const Loaded loaded = load(text);
    EXPECT_EQ(loaded.errors.lines, Errors{});
    EXPECT_EQ(loaded.config.console, "auto");
    EXPECT_EQ(loaded.config.log_level, LogLevel::info);
    EXPECT_TRUE(loaded.config.heal);
    EXPECT_TRUE(loaded.config.restart_sshd);
  }
}

TEST(ConfigLoad, ReadsEveryKey) {
  const Loaded loaded = load("\xef\xbb\xbf[agent]\r\n"
                             "console = /dev/ttyS0 ; the cloud's\r\n"
                             "log_level:debug\r\n"
                             "\r\n"
                             "[heal] # all of it\r\n"
                             "enabled=no\r\n"
                             "restart_sshd =\tOff\r\n"
                             "restart_sshd =\toff");
  EXPECT_EQ(loaded.config.console, "/dev/ttyS0");
  EXPECT_EQ(loaded.config.log_level, LogLevel::debug);
  EXPECT_FALSE(loaded.config.heal);
  EXPECT_FALSE(loaded.config.restart_sshd);
  EXPECT_EQ(loaded.errors.lines,
            (Errors{"f.conf:7: [heal] restart_sshd: \"Off\" is not valid, allowed: yes, no, true, "
                    "false, on, off, 1, 0",
                    "f.conf:8: [heal] restart_sshd: set already in line 7, the last valid value "
                    "counts; allowed: once"}));
}

TEST(ConfigLoad, FlagsHaveEightSpellings) {
  const std::pair<const char*, bool> rows[] = {{"yes", true},  {"true", true}, {"on", true},
                                               {"1", true},    {"no", false},  {"false", false},
                                               {"off", false}, {"0", false}};
  for (const auto& [text, value] : rows) {
    const Loaded loaded = load("[heal]\nenabled = "s + text + "\n");
    EXPECT_EQ(loaded.config.heal, value) << text;
    EXPECT_EQ(loaded.errors.lines, Errors{}) << text;
  }
  for (const char* text : {"", "2", "y", "yes please", "nope", "-1", "\xc3\xa4"}) {
    const Loaded loaded = load("[heal]\nenabled = "s + text + "\n");
    EXPECT_TRUE(loaded.config.heal) << text;
    EXPECT_EQ(loaded.errors.lines.size(), 1U) << text;
  }
}

TEST(ConfigLoad, TheConsoleIsADeviceAndNothingElse) {
  for (const char* text : {"auto", "none", "/dev/ttyS0", "/dev/pts/3", "/dev/virtio-ports/x"}) {
    const Loaded loaded = load("[agent]\nconsole = "s + text);
    EXPECT_EQ(loaded.config.console, text);
    EXPECT_EQ(loaded.errors.lines, Errors{}) << text;
  }
  for (const char* text :
       {"", "ttyS0", "/etc/passwd", "/dev/", "/dev/../etc/passwd", "/dev/shm/../x/", "/dev/pts/",
        "/devices", "AUTO", "/dev/a b", "/dev/\x01", "/dev/\xff"}) {
    const Loaded loaded = load("[agent]\nconsole = "s + text);
    EXPECT_EQ(loaded.config.console, "auto") << text;
    ASSERT_EQ(loaded.errors.lines.size(), 1U) << text;
    EXPECT_NE(loaded.errors.lines[0].find("f.conf:2: [agent] console: "), std::string::npos);
    EXPECT_NE(loaded.errors.lines[0].find("allowed: auto, none, or a device"), std::string::npos);
  }
}

struct ErrorRow {
  std::string text;
  std::string error;
};

TEST(ConfigLoad, EachMistakeIsNamedWithItsLine) {
  const ErrorRow rows[] = {
      {"[heel]\nenabled = no\n",
       "f.conf:1: [heel]: unknown section, did you mean \"heal\"? Allowed: agent, heal"},
      {"[zzzzzzzz]\n", "f.conf:1: [zzzzzzzz]: unknown section, allowed: agent, heal"},
      {"[]\n", "f.conf:1: []: unknown section, allowed: agent, heal"},
      {"[Heal]\nenabled = no\n",
       "f.conf:1: [Heal]: unknown section, did you mean \"heal\"? Allowed: agent, heal"},
      {"[heal]\nenabeld = no\n", "f.conf:2: [heal] enabeld: unknown key, did you mean \"enabled\"? "
                                 "Allowed: enabled, restart_sshd"},
      {"[heal]\nrestart-sshd = no\n",
       "f.conf:2: [heal] restart-sshd: unknown key, did you mean \"restart_sshd\"? "
       "Allowed: enabled, restart_sshd"},
      {"[heal]\nconsole = none\n",
       "f.conf:2: [heal] console: unknown key, allowed: enabled, restart_sshd"},
      {"[agent]\nlog_level = warn\n",
       "f.conf:2: [agent] log_level: \"warn\" is not valid, allowed: error, warning, info, debug"},
      {"[heal]\nenabled =\n",
       "f.conf:2: [heal] enabled: no value, allowed: yes, no, true, false, on, off, 1, 0"},
      {"\n\nenabled = no\n",
       "f.conf:3: enabled: stands before any [section], allowed: below [agent] "
       "or [heal]"},
      {"[heal]\nenabled no\n", "f.conf:2: neither a [section] nor \"key = value\""},
      {"[heal]\nenabled", "f.conf:2: neither a [section] nor \"key = value\""},
      {"[heal\nenabled = no\n",
       "f.conf:1: a section starts with \"[\" and has no \"]\"; its keys are ignored"},
      {"[heal] enabled = no\n",
       "f.conf:1: [heal] is followed by other text; the section's keys are ignored"},
      {"[heal]\n = no\n",
       "f.conf:2: an indented line; sections and keys start at the beginning of the line"},
      {"[heal]\nen\0abled = no\n"s, "f.conf:2: not a text: it holds a zero byte"},
  };
  for (const ErrorRow& row : rows) {
    const Loaded loaded = load(row.text);
    EXPECT_EQ(loaded.errors.lines, Errors{row.error}) << row.text;
    EXPECT_TRUE(loaded.config.heal) << row.text;
  }
}

// A continuation line would give the key another value without a word.
TEST(ConfigLoad, AnIndentedLineContinuesNothing) {
  const Loaded loaded = load("[heal]\nenabled = yes\n  no\n\t[agent]\nrestart_sshd = no\n");
  EXPECT_TRUE(loaded.config.heal);
  EXPECT_TRUE(loaded.config.restart_sshd) << "below a header that does not count";
  EXPECT_EQ(loaded.errors.lines.size(), 2U);
}

// The keys below a broken header belong to no section: not to the one before it.
TEST(ConfigLoad, ABrokenHeaderEndsTheSectionBefore) {
  for (const std::string& header : {"[agent"s, "[agnet]"s, "[a] b"s, " [agent]"s,
                                    "[" + std::string(250, 'a') + "]", "[a\0]"s}) {
    const Loaded loaded = load("[heal]\nrestart_sshd = no\n" + header + "\nenabled = no\n");
    EXPECT_FALSE(loaded.config.restart_sshd) << header;
    EXPECT_TRUE(loaded.config.heal) << header;
    EXPECT_EQ(loaded.errors.lines.size(), 1U) << header;
  }
}

TEST(ConfigLoad, ALongLineIsOneErrorAndTheNextIsRead) {
  const std::string at_limit = "console = /dev/" + std::string(199 - 15, 'a');
  ASSERT_EQ(at_limit.size(), 199U);
  EXPECT_EQ(load("[agent]\n" + at_limit + "\r\n").config.console, at_limit.substr(10));

  const Loaded loaded = load("[agent]\n" + at_limit + "b\n[heal]\nenabled = no\nx = 1\n");
  EXPECT_EQ(loaded.config.console, "auto");
  EXPECT_FALSE(loaded.config.heal);
  ASSERT_EQ(loaded.errors.lines.size(), 2U);
  EXPECT_EQ(loaded.errors.lines[0], "f.conf:2: line too long, at most 199 characters");
  EXPECT_TRUE(loaded.errors.lines[1].starts_with("f.conf:5: [heal] x: ")) << loaded.errors.lines[1];
}

// The tail of a line that was split must not become a key of its own.
TEST(ConfigLoad, TheRestOfALongLineIsNotRead) {
  const Loaded loaded = load("[heal]\nx = " + std::string(195, 'a') + "enabled = no\n# " +
                             std::string(500, 'c') + "\n");
  EXPECT_TRUE(loaded.config.heal);
  EXPECT_EQ(loaded.errors.lines, Errors{"f.conf:2: line too long, at most 199 characters"});
}

TEST(ConfigLoad, TheLastValidValueCounts) {
  const Loaded loaded = load("[heal]\nenabled = no\n[agent]\n[heal]\nenabled = maybe\n");
  EXPECT_FALSE(loaded.config.heal);
  ASSERT_EQ(loaded.errors.lines.size(), 2U);
  EXPECT_EQ(loaded.errors.lines[0],
            "f.conf:5: [heal] enabled: set already in line 2, the last valid value counts; "
            "allowed: once");
  EXPECT_TRUE(load("[heal]\nenabled = no\nenabled = yes").config.heal);
}

TEST(ConfigLoad, ErrorsAreBounded) {
  std::string text = "[heal]\n";
  for (int i = 0; i < 100'000; ++i)
    text += "\x7f\xff\x01\n";
  const Loaded loaded = load(text);
  ASSERT_EQ(loaded.errors.lines.size(), 51U);
  EXPECT_EQ(loaded.errors.lines.back(), "f.conf: 99950 more errors");
}

TEST(ConfigLoad, AnyBytesAreReadWithoutHarm) {
  std::uint32_t random = 1;
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (int i = 0; i < 400; ++i) {
      random = random * 1664525U + 1013904223U;
      text += (random >> 28U) == 0 ? '\n' : "[]=;# \tab\0\xff\xef"s[(random >> 20U) % 12];
    }
    EXPECT_TRUE(load(text).config.heal);
  }
}

TEST(Nearest, SuggestsSlipsOfTheFingersOnly) {
  constexpr std::array<std::string_view, 3> known{"sshd.failed", "sshd.stopped", "agent.config"};
  EXPECT_EQ(nearest("sshd.faild", known), "sshd.failed");
  EXPECT_EQ(nearest("SSHD.FAILED", known), "sshd.failed");
  EXPECT_EQ(nearest("sshd.stoppde", known), "sshd.stopped");
  EXPECT_EQ(nearest("agentconfig", known), "agent.config");
  EXPECT_EQ(nearest("disk.full", known), "");
  EXPECT_EQ(nearest("sshd.nope", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(100'000, 's'), known), "");
}

} // namespace
} // namespace sshguardd::config
