// [accept] entries: what somebody lives with, for how long, and why.
#include "config/accept.hpp"
#include "config/load.hpp"
#include "ctl/config_text.hpp"
#include "engine/report.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace sshguardd::config {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using Errors = std::vector<std::string>;

constexpr std::string_view id = "sshd.disabled";
constexpr const char* usage =
    ", allowed: [subject=TEXT] [until=2027-01-31] reason=TEXT, the reason last";

std::string time_of(const Accept& accept) {
  return accept.until ? engine::rfc3339(*accept.until) : "";
}

TEST(ConfigAccept, ReadsWhatIsWritten) {
  struct Row {
    const char* value;
    const char* subject;
    const char* until;
    const char* reason;
  };
  const Row rows[] = {
      {"reason=x", "", "", "x"},
      {"reason= started by the   cluster manager", "", "", "started by the   cluster manager"},
      {"subject=ssh.service until=2027-01-31 reason=a b", "ssh.service", "2027-01-31T00:00:00Z",
       "a b"},
      {"until=2027-01-31T23:59:59Z\tsubject=a=b reason=until=x subject=y", "a=b",
       "2027-01-31T23:59:59Z", "until=x subject=y"},
      {"subject=\"/home/al ice/.ssh\" reason=\"quoted\"", "/home/al ice/.ssh", "", "\"quoted\""},
      {"until=2024-02-29 reason=a leap day, long past", "", "2024-02-29T00:00:00Z",
       "a leap day, long past"},
      {"until=2027-01-01T00:30:00+01:00 reason=x", "", "2026-12-31T23:30:00Z", "x"},
      {"until=2026-12-31T16:00:00-08:00 reason=x", "", "2027-01-01T00:00:00Z", "x"},
      {"reason=\xff\x1b", "", "", "\xff\x1b"},
  };
  for (const Row& row : rows) {
    const AcceptLine line = parse_accept(id, row.value);
    EXPECT_EQ(line.wrong, "") << row.value;
    EXPECT_EQ(line.accept.id, id);
    EXPECT_EQ(line.accept.subject, row.subject) << row.value;
    EXPECT_EQ(time_of(line.accept), row.until) << row.value;
    EXPECT_EQ(line.accept.reason, row.reason) << row.value;
  }
}

TEST(ConfigAccept, SaysWhatIsWrong) {
  struct Row {
    const char* value;
    std::string wrong;
  };
  const std::string time = " is no time, allowed: 2027-01-31 (UTC) or 2027-01-31T12:00:00Z, also "
                           "with +01:00";
  const Row rows[] = {
      {"", "no reason"s + usage},
      {"   ", "no reason"s + usage},
      {"reason=", "no reason"s + usage},
      {"reason=  ", "no reason"s + usage},
      {"subject=ssh.service", "no reason"s + usage},
      {"subject=ssh.service reason=", "no reason"s + usage},
      {"yes", "\"yes\" is not valid"s + usage},
      {"because of x", "\"because\" is not valid"s + usage},
      {"resaon=x", "\"resaon=x\" is not valid, did you mean \"reason=\"?"s + usage},
      {"Reason=x", "\"Reason=x\" is not valid, did you mean \"reason=\"?"s + usage},
      {"reason = x", "\"reason\" is not valid, did you mean \"reason=\"?"s + usage},
      {"=x", "\"=x\" is not valid"s + usage},
      {"subject= reason=x", "no subject behind subject="s + usage},
      {"subject=\"\" reason=x", "no subject behind subject="s + usage},
      {"subject=\"a b reason=x", "the double quotes of subject are not closed"s + usage},
      {"subject=\"a\"b reason=x", "the double quotes of subject are not closed"s + usage},
      {"subject=a subject=b reason=x", "subject stands twice"s + usage},
      {"until=2027-01-31 until=2027-01-31 reason=x", "until stands twice"s + usage},
      {"until= reason=x", "no until behind until="s + usage},
      {"until=tomorrow reason=x", "until \"tomorrow\"" + time},
      {"until=2027-02-30 reason=x", "until \"2027-02-30\"" + time},
      {"until=2027-1-31 reason=x", "until \"2027-1-31\"" + time},
      {"until=31.01.2027 reason=x", "until \"31.01.2027\"" + time},
      {"until=99999-01-01 reason=x", "until \"99999-01-01\"" + time},
      {"until=2027-01-31T12:00 reason=x", "until \"2027-01-31T12:00\"" + time},
      {"until=2027-01-31T12:00:00 reason=x", "until \"2027-01-31T12:00:00\"" + time},
      {"until=2027-01-31T24:00:00Z reason=x", "until \"2027-01-31T24:00:00Z\"" + time},
      {"until=2027-01-31T12:00:00+1:00 reason=x", "until \"2027-01-31T12:00:00+1:00\"" + time},
      {"until=2027-01-31T12:00:00+24:00 reason=x", "until \"2027-01-31T12:00:00+24:00\"" + time},
      {"until=2027-01-31T12:00:00Zx reason=x", "until \"2027-01-31T12:00:00Zx\"" + time},
  };
  for (const Row& row : rows)
    EXPECT_EQ(parse_accept(id, row.value).wrong, row.wrong) << row.value;
}

TEST(ConfigAccept, TheIdIsOneOfTheCatalog) {
  EXPECT_EQ(
      parse_accept("sshd.disbaled", "reason=x").wrong,
      "unknown finding, did you mean \"sshd.disabled\"? Allowed: the ids that sshguardctl list "
      "prints");
  EXPECT_EQ(parse_accept("all", "reason=x").wrong,
            "unknown finding, allowed: the ids that sshguardctl list prints");
  EXPECT_EQ(parse_accept("sshd.*", "reason=x").wrong.substr(0, 15), "unknown finding");
}

TEST(ConfigAccept, OneIdMayHaveSeveralSubjectsButEachOnce) {
  const Loaded loaded = parse("[accept]\n"
                              "sshd.disabled = subject=a reason=1\n"
                              "sshd.disabled = subject=b reason=2\n"
                              "sshd.disabled = reason=3\n"
                              "sshd.stopped = reason=4\n"
                              "sshd.disabled = subject=a reason=5\n"
                              "sshd.disabled = subject=a\n"
                              "sshd.disbled = reason=6\n",
                              "f");
  ASSERT_EQ(loaded.config.accept.size(), 4U);
  EXPECT_EQ(loaded.config.accept[0].reason, "5");
  EXPECT_EQ(loaded.accepted_at, (Errors{"f:6", "f:3", "f:4", "f:5"}));
  EXPECT_EQ(loaded.errors.lines,
            (Errors{"f:6: [accept] sshd.disabled: set already in line 2, the last valid value "
                    "counts; allowed: once for each subject",
                    "f:7: [accept] sshd.disabled: no reason"s + usage,
                    "f:8: [accept] sshd.disbled: unknown finding, did you mean \"sshd.disabled\"? "
                    "Allowed: the ids that sshguardctl list prints"}));
}

TEST(ConfigAccept, ALaterFileReplacesTheEntryOfTheSameSubject) {
  const File files[] = {
      {"a", "[accept]\nsshd.disabled = subject=a reason=1\nsshd.disabled = reason=2"},
      {"b", "[accept]\nsshd.disabled = subject=a until=2027-01-01 reason=3\n"}};
  const Loaded loaded = parse(files);
  EXPECT_EQ(loaded.errors.lines, Errors{});
  ASSERT_EQ(loaded.config.accept.size(), 2U);
  EXPECT_EQ(loaded.config.accept[0].reason, "3");
  EXPECT_EQ(loaded.accepted_at, (Errors{"b:2", "a:3"}));
}

TEST(ConfigAccept, EntriesAreBounded) {
  std::string text = "[accept]\n";
  for (int i = 0; i < 100'000; ++i)
    text += "sshd.disabled = subject=" + std::to_string(i) + " reason=x\n";
  const Loaded loaded = parse(text, "f");
  EXPECT_EQ(loaded.config.accept.size(), 200U);
  ASSERT_EQ(loaded.errors.lines.size(), 51U);
  EXPECT_EQ(loaded.errors.lines[0],
            "f:202: [accept] sshd.disabled: too many entries, allowed: 200");
}

// What `sshguardctl config` prints is a file that gives the same.
TEST(ConfigText, CanBeReadAgain) {
  const Loaded loaded = parse(
      "[agent]\nconsole = /dev/ttyS0\n[heal]\nenabled = no\n[probe]\ninterval = 1h\n[accept]\n"
      "sshd.disabled = subject=\"a b\" until=2027-01-31T01:00:00+01:00 reason=a # b: c=d\n"
      "sshd.stopped = reason=" +
          std::string(150, 'x') + "\n",
      "/etc/f.conf");
  ASSERT_EQ(loaded.errors.lines, Errors{});
  const std::string text = ctl::config_text(loaded);
  const Loaded again = parse(text, "again");
  EXPECT_EQ(again.errors.lines, Errors{}) << text;
  EXPECT_NE(text.find("\nconsole = /dev/ttyS0            ; /etc/f.conf:2\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("\ninterval = 3600s                ; /etc/f.conf:6\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("\nlog_level = info\n"), std::string::npos) << text;
  EXPECT_FALSE(again.config.heal);
  EXPECT_EQ(again.config.probe_interval, 1h);
  ASSERT_EQ(again.config.accept.size(), 2U);
  EXPECT_EQ(again.config.accept[0].subject, "a b");
  EXPECT_EQ(time_of(again.config.accept[0]), "2027-01-31T00:00:00Z");
  EXPECT_EQ(again.config.accept[0].reason, "a # b: c=d");
  EXPECT_EQ(again.config.accept[1].reason, std::string(150, 'x'));
}

} // namespace
} // namespace sshguardd::config
