#include "engine/ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace sshguardd::engine {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr const char* boot = "3f2a51c4-0000-4000-8000-000000000000";

Ledger full() {
  Ledger ledger;
  ledger.boot_id = boot;
  ledger.seq = 43;
  Budget& budget = ledger.budgets["restart ssh.service"];
  budget.tries = 3;
  budget.last_try = BootTime{90s};
  budget.recent = {BootTime{10s}, BootTime{90s}};
  budget.undone = {BootTime{50s}};
  budget.evidence = "123";
  budget.thawed = true;
  budget.healed = budget.good_since = budget.waits_since = BootTime{91s};
  budget.fight_since = budget.frozen_since = BootTime{92s};
  budget.fight_quiet = BootTime{93s};
  Episode episode;
  episode.seq = 42;
  episode.id = "sshd.config-invalid";
  episode.ids = {"sshd.failed", "sshd.config-invalid"};
  episode.subject = "/etc/ssh/J\xc3\xbcrgen \xff\\\n\"\0"s;
  episode.severity = Severity::critical;
  episode.when = When::restart;
  episode.told = "SSH REFUSED: \x1b[2J";
  episode.since = BootTime{12s};
  episode.since_wall = WallTime{1'795'230'727s};
  episode.healed = "sshd.failed";
  episode.recovered = true;
  ledger.episodes.push_back(episode);
  ledger.heals.push_back({WallTime{1'795'230'727s}, "sshd.failed", "ssh.service", "restart",
                          "failed", "banner SSH-2.0-\x80", "healed", 83});
  ledger.summarized = true;
  ledger.told_at = BootTime{77s};
  ledger.repeats = 3;
  ledger.blind_since = BootTime{70s};
  ledger.blind_seq = 41;
  return ledger;
}

Ledger reread(const Ledger& ledger) {
  return ledger_from_json(to_json(ledger), boot);
}

void expect_fresh(const Ledger& ledger, const std::string& why) {
  EXPECT_EQ(ledger.boot_id, boot) << why;
  EXPECT_EQ(ledger.seq, 0U) << why;
  EXPECT_TRUE(ledger.budgets.empty()) << why;
  EXPECT_TRUE(ledger.episodes.empty()) << why;
  EXPECT_TRUE(ledger.heals.empty()) << why;
}

// Budgets are found by their key and sentences compared with what was told: each byte has to
// return.
TEST(LedgerJson, ComesBackByteForByte) {
  const Ledger before = full();
  const Ledger after = reread(before);
  EXPECT_EQ(after.boot_id, boot);
  EXPECT_EQ(after.seq, 43U);
  ASSERT_TRUE(after.budgets.contains("restart ssh.service"));
  EXPECT_EQ(after.budgets.at("restart ssh.service").tries, 3);
  EXPECT_EQ(after.budgets.at("restart ssh.service").last_try, BootTime{90s});
  const Budget& budget = after.budgets.at("restart ssh.service");
  EXPECT_EQ(budget.recent, (std::vector{BootTime{10s}, BootTime{90s}}));
  EXPECT_EQ(budget.undone, std::vector{BootTime{50s}});
  EXPECT_EQ(budget.evidence, "123");
  EXPECT_TRUE(budget.thawed);
  EXPECT_EQ(budget.healed, BootTime{91s});
  EXPECT_EQ(budget.good_since, BootTime{91s});
  EXPECT_EQ(budget.waits_since, BootTime{91s});
  EXPECT_EQ(budget.fight_since, BootTime{92s});
  EXPECT_EQ(budget.frozen_since, BootTime{92s});
  EXPECT_EQ(budget.fight_quiet, BootTime{93s});
  ASSERT_EQ(after.episodes.size(), 1U);
  const Episode& episode = after.episodes[0];
  const Episode& written = before.episodes[0];
  EXPECT_EQ(episode.seq, written.seq);
  EXPECT_EQ(episode.id, written.id);
  EXPECT_EQ(episode.ids, written.ids);
  EXPECT_EQ(episode.subject, written.subject);
  EXPECT_EQ(episode.severity, written.severity);
  EXPECT_EQ(episode.when, written.when);
  EXPECT_EQ(episode.told, written.told);
  EXPECT_EQ(episode.since, written.since);
  EXPECT_EQ(episode.since_wall, written.since_wall);
  EXPECT_EQ(episode.healed, written.healed);
  EXPECT_TRUE(episode.recovered);
  EXPECT_TRUE(after.summarized);
  EXPECT_EQ(after.told_at, BootTime{77s});
  EXPECT_EQ(after.repeats, 3U);
  EXPECT_EQ(after.blind_since, BootTime{70s});
  EXPECT_EQ(after.blind_seq, 41U);
  ASSERT_EQ(after.heals.size(), 1U);
  EXPECT_EQ(after.heals[0].after, before.heals[0].after);
  EXPECT_EQ(after.heals[0].took_ms, 83);
  EXPECT_EQ(after.heals[0].time, before.heals[0].time);
  EXPECT_EQ(to_json(after), to_json(before));
}

TEST(LedgerJson, IsPlainAscii) {
  for (const char c : to_json(full()))
    EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
}

TEST(LedgerJson, AnotherBootIsForgotten) {
  Ledger old = full();
  old.boot_id = "3f2a51c4-0000-4000-8000-000000000001";
  expect_fresh(reread(old), "another boot");
  old.boot_id.clear();
  expect_fresh(reread(old), "no boot");
  EXPECT_EQ(ledger_from_json(to_json(old), "").seq, 0U) << "two unknown boots are not the same";
}

TEST(LedgerJson, EveryTruncationIsFreshOrWhole) {
  const std::string text = to_json(full());
  for (std::size_t size = 0; size + 2 < text.size(); ++size)
    expect_fresh(ledger_from_json(std::string_view{text}.substr(0, size), boot),
                 std::to_string(size));
}

TEST(LedgerJson, WhatIsNoLedgerIsFresh) {
  const std::string rows[] = {
      "",
      "\0"s,
      "null",
      "[]",
      "42",
      "\"text\"",
      "{",
      "{}",
      "\xff\xfe",
      R"({"version":2,"boot_id":"3f2a51c4-0000-4000-8000-000000000000","seq":7})",
      R"({"version":"1","boot_id":"3f2a51c4-0000-4000-8000-000000000000","seq":7})",
      R"({"version":1,"boot_id":["3f2a51c4-0000-4000-8000-000000000000"],"seq":7})",
      R"({"version":1,"boot_id":"3f2a51c4-0000-4000-8000-000000000000","seq":7} trailing)",
      std::string(100'000, '['),
      R"({"version":1,"boot_id":"3f2a51c4-0000-4000-8000-000000000000","seq":7,"x":")" +
          std::string(2'000'000, 'x') + "\"}",
  };
  for (const std::string& row : rows)
    expect_fresh(ledger_from_json(row, boot), row.substr(0, 80));
}

Ledger with(const std::string& members) {
  return ledger_from_json(R"({"version":1,"boot_id":")"s + boot + "\"," + members + "}", boot);
}

TEST(LedgerJson, AWrongFieldHasItsDefaultAndHarmsNoOther) {
  for (const char* seq : {"-1", "4294967296", "1.5", "1e300", "\"7\"", "null", "[7]", "true",
                          "99999999999999999999999999"}) {
    const Ledger ledger =
        with("\"seq\":"s + seq + R"(,"heals":[{"id":"sshd.failed","took_ms":5}])");
    EXPECT_EQ(ledger.seq, 0U) << seq;
    ASSERT_EQ(ledger.heals.size(), 1U) << seq;
    EXPECT_EQ(ledger.heals[0].took_ms, 5) << seq;
  }
  const Ledger ledger = with(
      R"("budgets":{"a":{"tries":99999999999,"last_try":-5},"b":7,"c":{"tries":2,"last_try":9}})");
  ASSERT_EQ(ledger.budgets.size(), 2U);
  EXPECT_EQ(ledger.budgets.at("a").tries, 0);
  EXPECT_EQ(ledger.budgets.at("a").last_try, BootTime{});
  EXPECT_EQ(ledger.budgets.at("c").tries, 2);
}

TEST(LedgerJson, ABudgetOfAnOlderVersionOrAHostileOneIsRead) {
  const Ledger ledger = with(
      R"("budgets":{"old":{"tries":3,"last_try":90},"bad":{"recent":[5,"x",-1,null,{},3,)"
      R"(18446744073709551615],"undone":7,"evidence":[],"thawed":1,"healed":"x","good_since":-2},)"
      R"("many":{"recent":[1,2,3,4,5,6,7,8,9,10,11,12]}})");
  EXPECT_EQ(ledger.budgets.at("old").tries, 3);
  EXPECT_TRUE(ledger.budgets.at("old").recent.empty());
  EXPECT_FALSE(ledger.budgets.at("old").healed);
  const Budget& bad = ledger.budgets.at("bad");
  EXPECT_EQ(bad.recent.size(), 7U);
  EXPECT_TRUE(std::ranges::is_sorted(bad.recent));
  EXPECT_EQ(bad.recent.back(), BootTime{5us});
  EXPECT_TRUE(bad.undone.empty());
  EXPECT_TRUE(bad.evidence.empty());
  EXPECT_FALSE(bad.thawed);
  EXPECT_EQ(ledger.budgets.at("many").recent.size(), Budget::in_a_day);
  EXPECT_EQ(ledger.budgets.at("many").recent.back(), BootTime{12us}) << "the newest stay";
}

TEST(LedgerJson, TimesCanBeAddedAndSubtractedWithoutOverflow) {
  const Ledger ledger = with(
      R"("episodes":[{"id":"x","since":9223372036854775807,"since_wall":9223372036854775807}],)"
      R"("budgets":{"a":{"last_try":18446744073709551615}})");
  ASSERT_EQ(ledger.episodes.size(), 1U);
  EXPECT_EQ(ledger.episodes[0].since, BootTime{});
  EXPECT_EQ(ledger.budgets.at("a").last_try, BootTime{});
}

TEST(LedgerJson, AnEpisodeNeedsAnIdAndKnowsIt) {
  const Ledger ledger =
      with(R"("episodes":[{},7,null,{"id":""},{"id":5},)"
           R"({"id":"sshd.failed","ids":"no","severity":"huge","when":3,"seq":90},)"
           R"({"id":"sshd.stopped","ids":[1,"sshd.failed",null]}],"seq":4)");
  ASSERT_EQ(ledger.episodes.size(), 2U);
  EXPECT_EQ(ledger.episodes[0].ids, std::vector<std::string>{"sshd.failed"});
  EXPECT_EQ(ledger.episodes[0].severity, Severity::info);
  EXPECT_EQ(ledger.episodes[0].when, When::now);
  EXPECT_EQ(ledger.episodes[1].ids, std::vector<std::string>{"sshd.failed"});
  EXPECT_EQ(ledger.seq, 90U) << "a sequence number must not be used twice";
}

TEST(LedgerJson, KeepsTheNewestHealsAndBoundsTheRest) {
  Ledger ledger = full();
  ledger.heals.clear();
  for (int i = 0; i < 500; ++i) {
    Heal heal;
    heal.id = "sshd.failed";
    heal.took_ms = i;
    ledger.heals.push_back(heal);
    ledger.budgets["key " + std::to_string(i)] = {};
    ledger.episodes.push_back(ledger.episodes[0]);
    ledger.episodes[0].ids.push_back("id " + std::to_string(i));
  }
  const Ledger after = reread(ledger);
  ASSERT_EQ(after.heals.size(), Ledger::max_heals);
  EXPECT_EQ(after.heals.front().took_ms, 450);
  EXPECT_EQ(after.heals.back().took_ms, 499);
  EXPECT_LE(after.budgets.size(), 256U);
  EXPECT_LE(after.episodes.size(), 64U);
  EXPECT_LE(after.episodes[0].ids.size(), 32U);
  EXPECT_EQ(after.episodes[0].ids.back(), "id 499") << "the last is the present root";
}

// Text that swells in JSON must not make a file that is refused when it is read: the budgets in it
// are what stops a restart loop.
TEST(LedgerJson, BudgetsSurviveHealsOfHostileText) {
  Ledger ledger = full();
  for (std::size_t i = 0; i < Ledger::max_heals; ++i) {
    Heal heal;
    heal.id = "sshd.failed";
    heal.subject = heal.remedy = heal.before = heal.after = heal.outcome =
        std::string(1'000'000, '\x01');
    ledger.heals.push_back(heal);
  }
  const Ledger after = reread(ledger);
  EXPECT_EQ(after.budgets.at("restart ssh.service").tries, 3);
  EXPECT_EQ(after.episodes.size(), 1U);
  EXPECT_FALSE(after.heals.empty());
}

TEST(LedgerJson, ForeignUnicodeIsReadWithoutHarm) {
  const Ledger ledger = with("\"heals\":[{\"id\":\"a\\u20acb\xf0\x9f\x98\x80\\u00ff\"}]");
  ASSERT_EQ(ledger.heals.size(), 1U);
  EXPECT_EQ(ledger.heals[0].id, "a?b?\xff");
}

} // namespace
TEST(Ledger, ARemedyThatWasBegunIsNotForgotten) {
  engine::Ledger ledger;
  ledger.boot_id = "b";
  ledger.pending = engine::Heal{.time = {},
                                .id = "sshd.failed",
                                .subject = "ssh.service",
                                .remedy = "restart",
                                .before = "failed"};
  ledger.pending_since = BootTime{std::chrono::seconds{7}};
  ledger.failure_reset = true;
  const auto read = engine::ledger_from_json(engine::to_json(ledger), "b");
  ASSERT_TRUE(read.pending);
  EXPECT_EQ(read.pending->id, "sshd.failed");
  EXPECT_EQ(read.pending->before, "failed");
  EXPECT_EQ(read.pending_since, ledger.pending_since);
  EXPECT_TRUE(read.failure_reset);
  EXPECT_FALSE(engine::ledger_from_json(engine::to_json(ledger), "c").pending);
}

} // namespace sshguardd::engine
