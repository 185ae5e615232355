// The present state: repeated in time, unknown in time, above the login prompt.
#include "engine/report.hpp"
#include "fixture.hpp"

namespace sshguardd::test {
namespace {

using engine::Line;
using engine::State;

struct Story {
  engine::Ledger ledger;

  std::vector<Line> at(Snapshot snapshot, std::chrono::microseconds later) {
    snapshot.taken.boot += later;
    snapshot.taken.wall += later;
    const auto evaluation = engine::evaluate(snapshot, catalog());
    auto lines = engine::follow(ledger, evaluation, {}, snapshot);
    engine::stand(ledger, evaluation, snapshot, lines);
    return lines;
  }
  // Over a restart of the agent: what the file does not hold is lost.
  void restart() { ledger = engine::ledger_from_json(engine::to_json(ledger), ledger.boot_id); }
};

Snapshot broken() {
  Snapshot snapshot = failed_at_start_limit();
  break_config(snapshot);
  return snapshot;
}

Snapshot blind() {
  Snapshot snapshot = healthy();
  snapshot.units = Unknown{"no answer in 2s"};
  snapshot.config = Unknown{"no answer in 2s"};
  snapshot.config_test = Unknown{"no answer in 2s"};
  snapshot.probe = Unknown{"no answer in 2s"};
  return snapshot;
}

} // namespace

TEST(RepeatsUntil, Table) {
  struct Row {
    State state;
    std::chrono::microseconds since;
    unsigned times;
  };
  const Row rows[] = {
      {State::critical, -1h, 0},      {State::critical, 0s, 0},    {State::critical, 599s, 0},
      {State::critical, 600s, 1},     {State::critical, 3599s, 1}, {State::critical, 1h, 2},
      {State::critical, 6h - 1us, 2}, {State::critical, 6h, 3},    {State::critical, 24h - 1us, 3},
      {State::critical, 24h, 4},      {State::critical, 48h, 5},   {State::critical, 240h, 13},
      {State::warning, 1h, 2},        {State::unknown, 6h, 3},     {State::ok, 6h, 0},
      {State::ok, 24h - 1us, 0},      {State::ok, 24h, 1},         {State::ok, 73h, 3},
  };
  for (const Row& row : rows)
    EXPECT_EQ(engine::repeats_until(row.state, row.since), row.times) << row.since.count();
  EXPECT_GT(engine::repeats_until(State::ok, std::chrono::microseconds::max()), 100'000'000U);
  EXPECT_EQ(engine::repeats_until(State::critical, std::chrono::microseconds::min()), 0U);
}

TEST(Repeat, AWeekOfTrouble) {
  Story story;
  const auto first = story.at(broken(), 0s);
  ASSERT_EQ(first.size(), 1U);
  std::vector<std::chrono::minutes> told;
  for (auto minute = 1min; minute <= 7 * 24h; minute += 1min) {
    const auto lines = story.at(broken(), minute);
    if (lines.empty()) continue;
    ASSERT_EQ(lines.size(), 1U);
    told.push_back(minute);
    EXPECT_EQ(lines[0].kind, Line::Kind::repeated);
    EXPECT_EQ(lines[0].sentence, first[0].sentence);
    EXPECT_EQ(lines[0].id, first[0].id);
    EXPECT_EQ(lines[0].about, first[0].seq);
    EXPECT_EQ(lines[0].repeat, told.size());
    EXPECT_GT(lines[0].seq, first[0].seq);
  }
  const std::vector<std::chrono::minutes> schedule{10min,       60min,      360min,     24 * 60min,
                                                   48 * 60min,  72 * 60min, 96 * 60min, 120 * 60min,
                                                   144 * 60min, 168 * 60min};
  EXPECT_EQ(told, schedule);
}

TEST(Repeat, AWeekOfHealth) {
  Story story;
  std::size_t told = 0;
  for (auto minute = 0min; minute <= 7 * 24h; minute += 1min) {
    for (const Line& line : story.at(healthy(), minute)) {
      EXPECT_EQ(line.kind, Line::Kind::alive);
      EXPECT_EQ(line.state, State::ok);
      ++told;
    }
  }
  EXPECT_EQ(told, 7U);
}

TEST(Repeat, AChangeBeginsTheScheduleAnew) {
  Story story;
  story.at(broken(), 0s);
  Snapshot other = failed_at_start_limit();
  break_config(other, 99);
  ASSERT_EQ(story.at(other, 9min).size(), 1U);
  EXPECT_TRUE(story.at(other, 18min).empty());
  EXPECT_EQ(story.at(other, 19min).size(), 1U);
  ASSERT_EQ(story.at(healthy(), 20min).size(), 1U);
  EXPECT_TRUE(story.at(healthy(), 23h).empty());
  EXPECT_EQ(story.at(healthy(), 24h + 20min).size(), 1U);
}

TEST(Repeat, ARestartOfTheAgentNeitherRepeatsNorForgets) {
  Story story;
  story.ledger.boot_id = "3f2a51c4";
  story.at(broken(), 0s);
  for (auto minute = 1min; minute < 10min; minute += 1min) {
    story.restart();
    EXPECT_TRUE(story.at(broken(), minute).empty()) << minute.count();
  }
  story.restart();
  EXPECT_EQ(story.at(broken(), 10min).size(), 1U);
  story.restart();
  EXPECT_TRUE(story.at(broken(), 11min).empty());
}

TEST(Repeat, WhatWasMissedIsToldOnce) {
  Story story;
  story.at(broken(), 0s);
  const auto lines = story.at(broken(), 100h); // the VM was suspended
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].repeat, 7U);
  EXPECT_TRUE(story.at(broken(), 101h).empty());
}

TEST(Repeat, TheWorstStandsLast) {
  Snapshot both = failed_at_start_limit();
  change(both.self, [](SelfTest& self) { self.problems = {"console: gone"}; });
  Story story;
  ASSERT_EQ(story.at(both, 0s).size(), 2U);
  const auto lines = story.at(both, 10min);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].id, "agent.selftest");
  EXPECT_EQ(lines[1].id, "sshd.failed");
}

TEST(Blind, IsToldAfterAMinuteAndSoIsItsEnd) {
  Story story;
  story.at(healthy(), 0s);
  EXPECT_TRUE(story.at(blind(), 10s).empty());
  EXPECT_EQ(story.ledger.tell_at, at_noon.boot + 70s);
  EXPECT_TRUE(story.at(blind(), 69s).empty());
  auto lines = story.at(blind(), 70s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::blind);
  EXPECT_EQ(lines[0].state, State::unknown);
  EXPECT_EQ(lines[0].sentence.rfind("Could not look: ", 0), 0U) << lines[0].sentence;
  EXPECT_NE(lines[0].sentence.find(" DO: "), std::string::npos) << lines[0].sentence;
  const auto seq = lines[0].seq;
  EXPECT_TRUE(story.at(blind(), 5min).empty());
  lines = story.at(blind(), 12min);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].about, seq);
  EXPECT_EQ(lines[0].repeat, 1U);
  lines = story.at(healthy(), 15min + 10s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::sighted);
  EXPECT_EQ(lines[0].ends, seq);
  EXPECT_EQ(lines[0].sentence.rfind("Can look again after 15m. SSH answers", 0), 0U)
      << lines[0].sentence;
  EXPECT_TRUE(story.at(healthy(), 16min).empty());
}

TEST(Blind, BehindAWarningIsToldAllTheSame) {
  Story story;
  Snapshot warned = healthy();
  change(warned.self, [](SelfTest& self) { self.problems = {"console: gone"}; });
  Snapshot both = blind();
  both.self = warned.self;
  ASSERT_EQ(story.at(warned, 0s).size(), 1U);
  EXPECT_TRUE(story.at(both, 10s).empty());
  auto lines = story.at(both, 70s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::blind);
  EXPECT_EQ(lines[0].state, State::warning);
  EXPECT_EQ(lines[0].sentence.rfind("Could not look: ", 0), 0U) << lines[0].sentence;
  const auto seq = lines[0].seq;
  lines = story.at(warned, 100s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::sighted);
  EXPECT_EQ(lines[0].ends, seq);
}

TEST(Blind, IsNotWhoKnowsThatSshdCannotBeAsked) {
  Story story;
  Snapshot refuses = healthy();
  break_config(refuses);
  refuses.accounts = Unknown{"sshd refuses its configuration"};
  ASSERT_EQ(story.at(refuses, 0s).size(), 1U);
  EXPECT_TRUE(story.at(refuses, 70s).empty());
}

TEST(Blind, IsNotWhoSeesWhatLocksPeopleOut) {
  Story story;
  Snapshot half = failed_at_start_limit();
  half.config_test = Unknown{"no answer in 2s"};
  half.config = Unknown{"no answer in 2s"};
  const auto lines = story.at(half, 0s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].id, "sshd.failed");
  EXPECT_TRUE(story.at(half, 2min).empty());
}

TEST(Standing, WhatSomebodyLivesWithIsSaid) {
  Snapshot stopped = with_units([](SshUnits& units) {
    units.service.active_state = "inactive";
    units.service.main_pid = 0;
  });
  stopped.probe = Unknown{"sshd is not running"};
  Config config;
  config.accept = {{"sshd.stopped", "", {}, "a cluster manager starts it"}};
  const auto evaluation = engine::evaluate(stopped, catalog(), config);
  ASSERT_EQ(evaluation.state, State::ok);
  engine::Ledger ledger;
  const std::string told = engine::alive_line(ledger, evaluation, stopped).sentence;
  EXPECT_EQ(told, evaluation.findings.front().summary +
                      ", which is accepted: a cluster manager starts it.");
}

TEST(Blind, AMomentIsNoNews) {
  Story story;
  story.at(healthy(), 0s);
  for (auto time = 10s; time < 600s; time += 100s) {
    EXPECT_TRUE(story.at(blind(), time).empty());
    EXPECT_TRUE(story.at(healthy(), time + 50s).empty());
  }
}

TEST(Blind, IsNotToldAgainAfterARestartOfTheAgent) {
  Story story;
  story.ledger.boot_id = "3f2a51c4";
  story.at(blind(), 0s);
  ASSERT_EQ(story.at(blind(), 60s).size(), 1U);
  story.restart();
  EXPECT_TRUE(story.at(blind(), 61s).empty());
  story.restart();
  const auto lines = story.at(broken(), 62s);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].kind, Line::Kind::sighted);
  EXPECT_EQ(lines[1].kind, Line::Kind::opened) << "people read the last line";
}

TEST(Issue, SaysTheStateAndWhatToDo) {
  Story story;
  story.at(broken(), 0s);
  EXPECT_EQ(engine::issue_text(engine::evaluate(broken(), catalog()), story.ledger, broken()),
            "sshguardd: CRITICAL: SSH REFUSED: sshd_config:12 \"Bad configuration option: Prot\".\n"
            "  DO: fix line 12.\n");
  Story fine;
  fine.at(healthy(), 0s);
  EXPECT_EQ(engine::issue_text(engine::evaluate(healthy(), catalog()), fine.ledger, healthy()),
            "sshguardd: OK: SSH answers on :22. Refused or timeout all the same? Look outside: "
            "security group, route, public IP.\n");
  // Before it is worth a line of the console.
  EXPECT_EQ(engine::issue_text(engine::evaluate(broken(), catalog()), {}, broken()),
            "sshguardd: CRITICAL: SSH REFUSED: sshd_config:12 \"Bad configuration option: "
            "Prot\".\n");
}

} // namespace sshguardd::test
