// A terminal that is stopped, slow or hung up, without one.
#include "engine/console_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace sshguardd::engine {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t plenty = 1 << 20;

Now at(std::chrono::microseconds time) {
  return {BootTime{time}, WallTime{1'795'230'727s + time}};
}

ConsoleEntry entry(std::uint32_t seq, std::string text = {}) {
  return {.text = text.empty() ? "line " + std::to_string(seq) : std::move(text),
          .host = "web-01",
          .boot_id = "3f2a51c4-0000",
          .state = State::warning,
          .seq = seq,
          .open = 1};
}

ConsoleEntry critical(std::uint32_t seq, std::uint32_t episode) {
  ConsoleEntry one = entry(seq);
  one.state = State::critical;
  one.urgent = true;
  one.episode = episode;
  return one;
}

// All that a terminal which takes everything gets now.
std::string drained(ConsoleQueue& queue, Now now = at(0s)) {
  std::string text;
  for (auto bytes = queue.next(now); !bytes.empty(); bytes = queue.next(now)) {
    text += bytes;
    queue.wrote(bytes.size());
  }
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find("\r\n", start);
    EXPECT_NE(end, std::string::npos) << "half a line: " << text.substr(start);
    if (end == std::string::npos) break;
    if (end > start) lines.push_back(text.substr(start, end - start));
    start = end + 2;
  }
  return lines;
}

TEST(ConsoleQueue, ABurstBeginsOnALineOfItsOwn) {
  ConsoleQueue queue{plenty};
  queue.push(entry(1));
  queue.push(entry(2));
  EXPECT_EQ(drained(queue), "\r\nline 1\r\nline 2\r\n");
  EXPECT_TRUE(queue.idle());
  EXPECT_FALSE(queue.wait_until());
  queue.push(entry(3));
  EXPECT_EQ(drained(queue), "\r\nline 3\r\n");
}

TEST(ConsoleQueue, TheNewestStayAndTheRestIsCounted) {
  ConsoleQueue queue{plenty};
  const std::uint32_t lines = 1000;
  for (std::uint32_t seq = 1; seq <= lines; ++seq) {
    queue.push(entry(seq));
    ASSERT_LE(queue.size(), ConsoleQueue::max_lines);
  }
  const auto told = lines_of(drained(queue));
  ASSERT_EQ(told.size(), ConsoleQueue::max_lines + 1);
  EXPECT_EQ(told[0],
            "SSHGUARDD WARNING web-01 2026-11-21T03:12:07Z Dropped 984 lines: the console "
            "was blocked, or its budget spent (console_rate). See journalctl -t sshguardd. "
            "[v1 boot=3f2a seq=984 open=1 dropped=984]");
  EXPECT_EQ(told[1], "line 985");
  EXPECT_EQ(told.back(), "line 1000");
  EXPECT_TRUE(drained(queue).empty());
}

TEST(ConsoleQueue, WhatLocksPeopleOutNowGoesLast) {
  ConsoleQueue queue{plenty};
  queue.push(critical(1, 1));
  for (std::uint32_t seq = 2; seq < 100; ++seq)
    queue.push(entry(seq));
  const auto told = lines_of(drained(queue));
  ASSERT_EQ(told.size(), ConsoleQueue::max_lines + 1);
  EXPECT_EQ(told[1], "line 1");
  EXPECT_EQ(told[2], "line 85");
}

TEST(ConsoleQueue, WhatIsOverOrSaidAgainIsNotUrgentAnyMore) {
  ConsoleQueue queue{plenty};
  queue.push(critical(1, 1));
  ConsoleEntry end = entry(2);
  end.episode = 1;
  queue.push(end);
  queue.push(critical(3, 3));
  queue.push(critical(4, 3)); // its newer face
  for (std::uint32_t seq = 5; seq < 100; ++seq)
    queue.push(entry(seq));
  const auto told = lines_of(drained(queue));
  EXPECT_EQ(told[1], "line 4");
  EXPECT_EQ(told[2], "line 85");
}

TEST(ConsoleQueue, AllUrgentTheOldestGoes) {
  ConsoleQueue queue{plenty};
  for (std::uint32_t seq = 1; seq <= 40; ++seq)
    queue.push(critical(seq, seq));
  const auto told = lines_of(drained(queue));
  EXPECT_EQ(told[1], "line 25");
  EXPECT_EQ(told.back(), "line 40");
}

TEST(ConsoleQueue, AHalfWrittenLineIsFinishedWhateverComes) {
  ConsoleQueue queue{plenty};
  queue.push(entry(1));
  ASSERT_EQ(queue.next(at(0s)), "\r\nline 1\r\n");
  queue.wrote(4);
  for (std::uint32_t seq = 2; seq < 100; ++seq)
    queue.push(entry(seq));
  const auto told = lines_of("\r\nli" + drained(queue));
  EXPECT_EQ(told[0], "line 1");
  EXPECT_NE(told[1].find("Dropped 83 lines"), std::string::npos) << told[1];
  EXPECT_EQ(told[2], "line 85");
}

TEST(ConsoleQueue, WhatDropsWhileANoteIsHalfOutIsNotedNext) {
  ConsoleQueue queue{plenty};
  for (std::uint32_t seq = 1; seq <= 20; ++seq)
    queue.push(entry(seq));
  const std::string note{queue.next(at(0s))};
  ASSERT_NE(note.find("Dropped 4 lines"), std::string::npos);
  queue.wrote(10);
  for (std::uint32_t seq = 21; seq <= 23; ++seq)
    queue.push(entry(seq));
  const auto told = lines_of(note.substr(0, 10) + drained(queue));
  EXPECT_NE(told[0].find("dropped=4]"), std::string::npos) << told[0];
  EXPECT_NE(told[1].find("dropped=3]"), std::string::npos) << told[1];
  EXPECT_EQ(told[2], "line 8");
  EXPECT_EQ(told.back(), "line 23");
}

TEST(ConsoleQueue, AfterAHangUpTheLineBeginsAnewOnItsOwnLine) {
  for (std::size_t sent = 0; sent < 8; ++sent) {
    ConsoleQueue queue{plenty};
    queue.push(entry(1));
    queue.push(entry(2));
    queue.wrote(queue.next(at(0s)).size()); // "line 1" is out
    ASSERT_EQ(queue.next(at(0s)), "line 2\r\n");
    queue.wrote(sent);
    queue.begin_anew();
    EXPECT_EQ(drained(queue), "\r\nline 2\r\n") << sent;
  }
}

TEST(ConsoleQueue, AHangUpTwiceDoublesNothing) {
  ConsoleQueue queue{plenty};
  queue.push(entry(1));
  ASSERT_FALSE(queue.next(at(0s)).empty());
  queue.wrote(3);
  queue.begin_anew();
  queue.begin_anew();
  queue.push(entry(2));
  EXPECT_EQ(drained(queue), "\r\nline 1\r\nline 2\r\n");
}

TEST(ConsoleQueue, AHundredHangUpsCostNoMoreThanAMinute) {
  ConsoleQueue queue{512};
  queue.push(entry(1, std::string(240, 'x')));
  for (int turn = 0; turn < 100; ++turn) {
    ASSERT_FALSE(queue.next(at(0s)).empty());
    queue.wrote(200);
    queue.begin_anew();
  }
  drained(queue);
  queue.push(entry(2));
  EXPECT_TRUE(drained(queue).empty());
  ASSERT_TRUE(queue.wait_until());
  EXPECT_LE(*queue.wait_until(), BootTime{100s});
}

TEST(ConsoleQueue, TheBudgetIsABurstAndThenSoManyBytesAMinute) {
  constexpr std::size_t rate = 600;
  ConsoleQueue queue{rate};
  std::size_t bytes = 0;
  std::uint32_t seq = 0;
  const auto flood = [&](std::chrono::seconds from, std::chrono::seconds to) {
    for (auto time = from; time < to; time += 1s) {
      queue.push(entry(++seq, std::string(200, 'x')));
      bytes += drained(queue, at(time)).size();
    }
  };
  flood(0s, 60s);
  EXPECT_GT(bytes, rate);
  EXPECT_LE(bytes, 2 * rate);
  flood(60s, 600s);
  EXPECT_GT(bytes, 9 * rate);
  EXPECT_LE(bytes, 11 * rate);
}

TEST(ConsoleQueue, SaysWhenTheBudgetAllowsTheNextAndNothingElse) {
  ConsoleQueue queue{600};
  for (std::uint32_t seq = 1; seq <= 2; ++seq)
    queue.push(entry(seq, std::string(240, 'x')));
  EXPECT_EQ(lines_of(drained(queue)).size(), 2U);
  EXPECT_FALSE(queue.wait_until()) << "nothing waits: nobody is to wake";
  queue.push(entry(3, std::string(240, 'x')));
  EXPECT_TRUE(drained(queue).empty());
  ASSERT_TRUE(queue.wait_until());
  const BootTime when = *queue.wait_until();
  EXPECT_GT(when, BootTime{1s});
  EXPECT_LE(when, BootTime{30s});
  EXPECT_EQ(drained(queue, {when, WallTime{}}).size(), 244U);
  EXPECT_FALSE(queue.wait_until());
}

TEST(ConsoleQueue, NothingWaitsLongerThanAMinuteForItsTurn) {
  ConsoleQueue queue{512};
  for (std::uint32_t seq = 1; seq <= 12; ++seq)
    queue.push(entry(seq, std::string(240, 'x')));
  queue.push(critical(13, 13));
  std::string text;
  auto time = 0us;
  for (int turns = 0; turns < 20 && !queue.idle(); ++turns) {
    text += drained(queue, at(time));
    if (queue.wait_until()) time = queue.wait_until()->time_since_epoch();
  }
  EXPECT_EQ(lines_of(text).back(), "line 13");
  EXPECT_LE(time, 60s);
}

TEST(ConsoleQueue, EvenTheLeastBudgetTellsALineAndANote) {
  ConsoleQueue queue{0};
  queue.push(entry(1, std::string(240, 'x')));
  EXPECT_EQ(drained(queue).size(), 244U);
}

TEST(ConsoleQueue, ATakenBackLineCostsNothing) {
  ConsoleQueue queue{600};
  queue.push(entry(1));
  for (std::uint32_t seq = 2; seq < 1000; ++seq) {
    ASSERT_FALSE(queue.next(at(0s)).empty()); // the terminal takes nothing of it
    queue.push(entry(seq));
  }
  const auto told = lines_of(drained(queue));
  EXPECT_EQ(told.size(), ConsoleQueue::max_lines + 1);
}

TEST(ConsoleQueue, AClockThatStandsOrGoesBackFillsNothing) {
  ConsoleQueue queue{512};
  for (std::uint32_t seq = 1; seq <= 4; ++seq)
    queue.push(entry(seq, std::string(200, 'x')));
  drained(queue, at(100s));
  EXPECT_TRUE(drained(queue, at(100s)).empty());
  EXPECT_TRUE(drained(queue, at(1s)).empty());
  EXPECT_TRUE(queue.wait_until());
}

} // namespace
} // namespace sshguardd::engine
