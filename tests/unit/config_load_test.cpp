#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/nearest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd::config {
namespace {

using namespace std::chrono_literals;
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

TEST(ConfigLoad, ReadsEveryKeyOfEverySection) {
  const Loaded loaded = load("[agent]\nconsole_rate = 512\n"
                             "[heal]\nstart_sshd = yes\nstart_sshd_after = 15m\nback_off = 3s\n"
                             "[sshd]\nexpected = off\n"
                             "[probe]\ninterval = 2h\nretry = 2\ntimeout = 1m\n"
                             "[journal]\nwarning = 1\nwarning_bytes = 2G\n"
                             "[accept]\nsshd.disabled = reason=yes\n");
  EXPECT_EQ(loaded.errors.lines, Errors{});
  EXPECT_EQ(loaded.config.console_rate, 512U);
  EXPECT_TRUE(loaded.config.start_sshd);
  EXPECT_EQ(loaded.config.start_sshd_after, 15min);
  EXPECT_EQ(loaded.config.back_off, 3s);
  EXPECT_FALSE(loaded.config.sshd_expected);
  EXPECT_EQ(loaded.config.probe_interval, 2h);
  EXPECT_EQ(loaded.config.probe_retry, 2s);
  EXPECT_EQ(loaded.config.probe_timeout, 60s);
  ASSERT_EQ(loaded.config.accept.size(), 1U);
  EXPECT_EQ(loaded.set_at.at("[probe] retry"), "f.conf:11");
  EXPECT_EQ(loaded.config.journal_warning, 1U);
  EXPECT_EQ(loaded.config.journal_warning_bytes, 2ULL << 30);
  EXPECT_EQ(loaded.accepted_at, Errors{"f.conf:17"});
  EXPECT_FALSE(loaded.set_at.contains("[heal] enabled"));
}

// The table's own bounds, so that no key is without them.
TEST(ConfigLoad, EveryNumberHasItsRange) {
  std::size_t numbers = 0;
  for (const Key& key : keys()) {
    if (key.most == 0) continue;
    ++numbers;
    const std::string start = "[" + std::string{key.section} + "]\n" + std::string{key.name} + "=";
    const std::string wrong =
        "f.conf:2: [" + std::string{key.section} + "] " + std::string{key.name} + ": \"";
    const std::string usual = key.show(Config{});
    // A line of [disk] has to fit the other one.
    const std::string other = key.section != "disk"   ? ""
                              : key.name == "warning" ? "\ncritical=100"
                                                      : "\nwarning=1";
    for (const std::int64_t value : {key.least, key.most}) {
      const Loaded loaded = load(start + std::to_string(value) + other);
      EXPECT_EQ(loaded.errors.lines, Errors{}) << key.name;
      EXPECT_TRUE(key.show(loaded.config).starts_with(std::to_string(value))) << key.name;
    }
    const std::pair<std::string, const char*> rows[] = {
        {std::to_string(key.least - 1), "is too small"},
        {"0", "is too small"},
        {std::to_string(key.most + 1), "is too large"},
        {"9223372036854775807", "is too large"},
        {"9223372036854775808", "is too large"},
        {"18446744073709551617", "is too large"},
        {std::string(150, '9'), "is too large"},
        {"-5", "is not valid"},
        {"+60", "is not valid"},
        {"600x", "is not valid"},
        {"6e1", "is not valid"},
        {"60.0", "is not valid"},
        {"0x60", "is not valid"},
        {"60 s", "is not valid"},
        {"s", "is not valid"},
        {"\xd9\xa3", "is not valid"},
    };
    for (const auto& [text, what] : rows) {
      const Loaded loaded = load(start + text);
      EXPECT_EQ(loaded.errors.lines,
                Errors{wrong + text + "\" " + what + ", allowed: " + allowed(key)});
      EXPECT_EQ(key.show(loaded.config), usual) << text;
    }
    EXPECT_EQ(load(start).errors.lines.size(), 1U) << key.name;
  }
  EXPECT_EQ(numbers, 11U);
}

TEST(ConfigLoad, DurationsHaveUnits) {
  struct Row {
    const char* text;
    std::chrono::seconds value; // of 0: an error
  };
  const Row rows[] = {
      {"900", 900s},       {"900s", 900s},
      {"15m", 900s},       {"1h", 3600s},
      {"1d", 86400s},      {"0060", 60s},
      {"86401", 0s},       {"2d", 0s},
      {"25h", 0s},         {"1441m", 0s},
      {"0d", 0s},          {"153722867280912931m", 0s},
      {"9999999999d", 0s}, {"106751991167301d", 0s},
      {"15 m", 0s},        {"1h30m", 0s},
      {"15M", 0s},         {"15min", 0s},
      {"1w", 0s},          {"m", 0s},
      {"-15m", 0s},
  };
  for (const Row& row : rows) {
    const Loaded loaded = load("[probe]\ninterval = "s + row.text);
    const bool good = row.value != 0s;
    EXPECT_EQ(loaded.errors.lines.empty(), good) << row.text;
    EXPECT_EQ(loaded.config.probe_interval, good ? row.value : 900s) << row.text;
  }
  EXPECT_EQ(
      load("[probe]\ninterval = 30s").errors.lines,
      Errors{"f.conf:2: [probe] interval: \"30s\" is too small, allowed: 60 to 86400 seconds, "
             "as 90, 90s, 15m, 2h or 1d"});
}

// Everything that is shown can be read again.
TEST(ConfigLoad, EveryDefaultIsValidAndSo) {
  std::string text;
  for (const Key& key : keys())
    text += "[" + std::string{key.section} + "]\n" + std::string{key.name} + " = " +
            key.show(Config{}) + "\n";
  const Loaded loaded = load(text);
  EXPECT_EQ(loaded.errors.lines, Errors{});
  for (const Key& key : keys())
    EXPECT_EQ(key.show(loaded.config), key.show(Config{})) << key.name;
}

TEST(ConfigLoad, TheLaterFileWinsAndAKeyMayStandInEach) {
  const File files[] = {
      {"main", "[heal]\nenabled = no\nback_off = 20s\n[agent]\nlog_level = debug\n"},
      {"10", "[heal]\nenabled = yes\n"},
      {"20", "[heal]\nback_off = 30s\nback_off = 40s\n"},
      {"30", "[heal]\nback_off = never\n"}};
  const Loaded loaded = parse(files);
  EXPECT_TRUE(loaded.config.heal);
  EXPECT_EQ(loaded.config.back_off, 40s) << "a wrong value takes nothing away";
  EXPECT_EQ(loaded.config.log_level, LogLevel::debug);
  ASSERT_EQ(loaded.errors.lines.size(), 2U);
  EXPECT_TRUE(loaded.errors.lines[0].starts_with("20:3: [heal] back_off: set already in line 2"));
  EXPECT_TRUE(loaded.errors.lines[1].starts_with("30:2: [heal] back_off: \"never\" is not valid"));
  EXPECT_EQ(loaded.set_at.at("[heal] enabled"), "10:2");
  EXPECT_EQ(loaded.set_at.at("[heal] back_off"), "20:3");
  EXPECT_EQ(parse(std::span<const File>{}).errors.lines, Errors{});
}

// A section does not reach into the next file.
TEST(ConfigLoad, AFileBeginsWithoutASection) {
  const File files[] = {{"a", "[heal]\nback_off = 20"}, {"b", "enabled = no\n"}};
  const Loaded loaded = parse(files);
  EXPECT_TRUE(loaded.config.heal);
  EXPECT_EQ(loaded.config.back_off, 20s);
  ASSERT_EQ(loaded.errors.lines.size(), 1U);
  EXPECT_TRUE(loaded.errors.lines[0].starts_with("b:1: enabled: stands before any [section]"));
}

TEST(ConfigLoad, TenMegabytesOfAnything) {
  for (const std::string& line : {"sshd.disabled = reason=x\n"s, "\0\n"s, "\r"s, "[accept]\n"s,
                                  "="s, "\n"s, "[heal]\nenabled = yes\n"s}) {
    std::string text = "[accept]\n";
    while (text.size() < 10'000'000)
      text += line;
    const Loaded loaded = load(text);
    EXPECT_LE(loaded.errors.lines.size(), 51U);
    EXPECT_LE(loaded.config.accept.size(), 1U);
    EXPECT_TRUE(loaded.config.heal);
  }
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

TEST(ConfigLoad, AFirewallIsOpenedForATimeOrForGood) {
  const std::pair<const char*, FirewallOpening> rows[] = {
      {"no", FirewallOpening::no},
      {"off", FirewallOpening::no},
      {"yes", FirewallOpening::for_a_time},
      {"true", FirewallOpening::for_a_time},
      {"permanent", FirewallOpening::permanent}};
  for (const auto& [text, opening] : rows) {
    const Loaded loaded = load("[heal]\nopen_firewall = "s + text);
    EXPECT_EQ(loaded.config.open_firewall, opening) << text;
    EXPECT_EQ(loaded.errors.lines, Errors{}) << text;
  }
  for (const char* text : {"", "runtime", "Permanent", "yes permanent"}) {
    const Loaded loaded = load("[heal]\nopen_firewall = "s + text);
    EXPECT_EQ(loaded.config.open_firewall, FirewallOpening::no) << text;
    ASSERT_EQ(loaded.errors.lines.size(), 1U) << text;
    EXPECT_NE(loaded.errors.lines[0].find("allowed: no, yes, permanent"), std::string::npos);
  }
  EXPECT_EQ(load("[heal]\nopen_firewall_for = 2h").config.open_firewall_for, std::chrono::hours{2});
  EXPECT_EQ(load("[heal]\nopen_firewall_for = 59m").errors.lines.size(), 1U);
}

constexpr const char* all_sections = "agent, heal, sshd, probe, disk, journal, firewall, accept";
constexpr const char* heal_keys =
    "enabled, restart_sshd, start_sshd, start_sshd_after, make_privsep_dir, clear_host_key_mode, "
    "generate_host_keys, clear_key_mode, clean_package_cache, vacuum_journal, remove_rotated_logs, "
    "remove_core_dumps, grow_file_system, open_firewall, open_firewall_for, rollback_sshd_config, "
    "rollback_after, back_off";

struct ErrorRow {
  std::string text;
  std::string error;
};

TEST(ConfigLoad, EachMistakeIsNamedWithItsLine) {
  const ErrorRow rows[] = {
      {"[heel]\nenabled = no\n",
       "f.conf:1: [heel]: unknown section, did you mean \"heal\"? Allowed: "s + all_sections},
      {"[zzzzzzzz]\n", "f.conf:1: [zzzzzzzz]: unknown section, allowed: "s + all_sections},
      {"[acept]\n",
       "f.conf:1: [acept]: unknown section, did you mean \"accept\"? Allowed: "s + all_sections},
      {"[]\n", "f.conf:1: []: unknown section, allowed: "s + all_sections},
      {"[Heal]\nenabled = no\n",
       "f.conf:1: [Heal]: unknown section, did you mean \"heal\"? Allowed: "s + all_sections},
      {"[heal]\nenabeld = no\n", "f.conf:2: [heal] enabeld: unknown key, did you mean \"enabled\"? "
                                 "Allowed: "s +
                                     heal_keys},
      {"[heal]\nrestart-sshd = no\n",
       "f.conf:2: [heal] restart-sshd: unknown key, did you mean \"restart_sshd\"? "
       "Allowed: "s +
           heal_keys},
      {"[heal]\nconsole = none\n", "f.conf:2: [heal] console: unknown key, allowed: "s + heal_keys},
      {"[probe]\nintervall = 5\n", "f.conf:2: [probe] intervall: unknown key, did you mean "
                                   "\"interval\"? Allowed: interval, retry, timeout"},
      {"[agent]\nlog_level = warn\n",
       "f.conf:2: [agent] log_level: \"warn\" is not valid, allowed: error, warning, info, debug"},
      {"[heal]\nenabled =\n",
       "f.conf:2: [heal] enabled: no value, allowed: yes, no, true, false, on, off, 1, 0"},
      {"\n\nenabled = no\n",
       "f.conf:3: enabled: stands before any [section], allowed: below one of "s + all_sections},
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
  const std::string at_limit = "console = /dev/" + std::string(1000 - 15, 'a');
  ASSERT_EQ(at_limit.size(), 1000U);
  EXPECT_EQ(load("[agent]\n" + at_limit + "\r\n").config.console, at_limit.substr(10));

  const Loaded loaded = load("[agent]\n" + at_limit + "b\n[heal]\nenabled = no\nx = 1\n");
  EXPECT_EQ(loaded.config.console, "auto");
  EXPECT_FALSE(loaded.config.heal);
  ASSERT_EQ(loaded.errors.lines.size(), 2U);
  EXPECT_EQ(loaded.errors.lines[0], "f.conf:2: line too long, at most 1000 characters");
  EXPECT_TRUE(loaded.errors.lines[1].starts_with("f.conf:5: [heal] x: ")) << loaded.errors.lines[1];
}

// inih takes 199 characters; of a longer line all counts, and the next one is its own.
TEST(ConfigLoad, ALineBeyondInihsBufferIsReadAsAnyOther) {
  for (const std::size_t length : {180U, 188U, 189U, 190U, 191U, 300U, 900U}) {
    const std::string device = "/dev/" + std::string(length - 5, 'a');
    const Loaded loaded = load("[agent]\nconsole=\t" + device +
                               " ; a comment\nlog_level = debug\n[heal]\nenabled=no\n");
    EXPECT_EQ(loaded.errors.lines, Errors{}) << length;
    EXPECT_EQ(loaded.config.console, device);
    EXPECT_EQ(loaded.config.log_level, LogLevel::debug);
    EXPECT_FALSE(loaded.config.heal);
  }
  const std::string words(300, 'w');
  EXPECT_EQ(load("[heal]\n" + words + "\n").errors.lines,
            Errors{"f.conf:2: neither a [section] nor \"key = value\""});
  EXPECT_EQ(load("[heal]\n" + words + " = 1\n").errors.lines, Errors{"f.conf:2: key too long"});
  EXPECT_EQ(load("[" + words + "]\nenabled = no\n").errors.lines,
            Errors{"f.conf:1: line too long, at most 199 characters"});
}

// The tail of a line that was split must not become a key of its own.
TEST(ConfigLoad, TheRestOfALongLineIsNotRead) {
  const Loaded loaded = load("[heal]\nx = " + std::string(1000, 'a') + "enabled = no\n# " +
                             std::string(1500, 'c') + "\n");
  EXPECT_TRUE(loaded.config.heal);
  EXPECT_EQ(loaded.errors.lines, Errors{"f.conf:2: line too long, at most 1000 characters"});
}

TEST(ConfigLoad, AColonEndsAKeyButNoPath) {
  const Loaded loaded =
      load("[heal]\nenabled: no\n[disk]\n/srv/a:b = warning=90\n/srv: warning=90\n");
  EXPECT_FALSE(loaded.config.heal);
  const std::string allowed = "\"/path = ...\", a path without \":\"";
  EXPECT_EQ(loaded.errors.lines,
            (Errors{"f.conf:4: \"/srv/a\" is followed by \":\", allowed: " + allowed,
                    "f.conf:5: \"/srv\" is followed by \":\", allowed: " + allowed}));
  EXPECT_TRUE(loaded.config.disk_mounts.empty());
}

TEST(ConfigLoad, SourcesAreAddressesAndTheWrongOneIsNamed) {
  std::string sixteen;
  for (int i = 0; i < 16; ++i)
    sixteen += " 2001:0db8:aaaa:bbbb:cccc:dddd:eeee:ff" + std::to_string(10 + i);
  Loaded loaded = load("[firewall]\nsources =" + sixteen + "\n");
  EXPECT_EQ(loaded.errors.lines, Errors{});
  ASSERT_EQ(loaded.config.firewall_sources.size(), 16U);
  EXPECT_EQ(loaded.config.firewall_sources[15], "2001:0db8:aaaa:bbbb:cccc:dddd:eeee:ff25");

  const std::pair<std::string, std::string> rows[] = {
      {"203.0.113.7 999.1.2.3 2001:db8::7", "\"999.1.2.3\" is not an address"},
      {"1:2:3", "\"1:2:3\" is not an address"},
      {"203.0.113.7, ::::::", "\"::::::\" is not an address"},
      {"203.0.113.0/24", "\"203.0.113.0/24\" is not an address"},
      {"bastion", "\"bastion\" is not an address"},
      {sixteen + " 192.0.2.1", "\"192.0.2.1\" is one too many"}};
  for (const auto& [value, wrong] : rows) {
    loaded = load("[firewall]\nsources = " + value + "\n");
    ASSERT_EQ(loaded.errors.lines.size(), 1U) << value;
    EXPECT_EQ(loaded.errors.lines[0],
              "f.conf:2: [firewall] sources: " + wrong +
                  ", allowed: at most 16 addresses with blanks between them, as 203.0.113.7 "
                  "2001:db8::7");
    EXPECT_TRUE(loaded.config.firewall_sources.empty());
  }
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
