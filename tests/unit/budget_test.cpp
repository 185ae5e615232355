// Freeze, fight, thaw: what tries, good times and other people's acts make of a budget.
#include "engine/budget.hpp"

#include "engine/policy.hpp"
#include "engine/report.hpp"
#include "fixture.hpp"

#include <algorithm>
#include <string>

namespace sshguardd::test {
namespace {

using engine::Asker;
using engine::Budget;
using engine::Hold;

const Remedy restart = RestartSshd{"ssh.service", ""};
const std::string key = "restart ssh.service";

// sshd ended by itself: no person.
Snapshot crashed() {
  Snapshot snapshot = failed_at_start_limit();
  change(snapshot.units, [](SshUnits& units) {
    units.service.result = "exit-code";
    units.service.exec_main_code = 1;
    units.service.exec_main_status = 1;
  });
  return snapshot;
}

// Somebody killed it until systemd gave up: the result is `signal`, not `start-limit-hit`.
Snapshot killed(int signal = 9) {
  Snapshot snapshot = failed_at_start_limit();
  change(snapshot.units, [signal](SshUnits& units) {
    units.service.result = "signal";
    units.service.exec_main_status = signal;
  });
  return snapshot;
}

Snapshot stopped() {
  Snapshot snapshot = with_units([](SshUnits& units) { units.service.active_state = "inactive"; });
  snapshot.listeners = std::vector<Listener>{};
  snapshot.probe = Unknown{"sshd is not running"};
  return snapshot;
}

// The agent without a machine: it looks, decides, tries.
struct Course {
  engine::Ledger ledger;
  Config config;
  std::string evidence = "1";
  std::chrono::microseconds clock{0};

  Snapshot at(Snapshot snapshot) const {
    snapshot.taken.boot += clock;
    snapshot.taken.wall += clock;
    change(snapshot.config, [this](SshdConfig& one) { one.fingerprint = evidence; });
    change(snapshot.config_test, [this](ConfigTest& one) { one.fingerprint = evidence; });
    return snapshot;
  }

  engine::Decision look(const Snapshot& raw) {
    const Snapshot snapshot = at(raw);
    const auto evaluation = engine::evaluate(snapshot, catalog());
    engine::observe(ledger, evaluation, snapshot);
    for (const Finding& finding : evaluation.findings) {
      if (finding.settle.count() != 0)
        ledger.settling.try_emplace(engine::remedy_key(finding), snapshot.taken.boot);
    }
    std::erase_if(ledger.settling, [&](const auto& entry) {
      return std::ranges::none_of(evaluation.findings, [&](const Finding& finding) {
        return engine::remedy_key(finding) == entry.first;
      });
    });
    for (const Finding& finding : evaluation.findings) {
      if (finding.remedy)
        return engine::decide(*finding.remedy, snapshot, config, ledger, snapshot.taken.boot);
    }
    return {};
  }

  engine::Held held(const Snapshot& raw) const {
    const Snapshot snapshot = at(raw);
    return engine::held(engine::evaluate(snapshot, catalog()), snapshot, config, ledger);
  }

  void tried(bool healed = false, Asker asker = Asker::agent) {
    const Snapshot snapshot = at(crashed());
    engine::record_try(ledger, restart, snapshot, asker);
    if (healed) engine::record_healed(ledger, snapshot.taken.boot);
  }

  // As many tries in vain as the schedule lets through within `span`; the times of them.
  std::vector<std::chrono::seconds> run(const Snapshot& raw, std::chrono::seconds span) {
    std::vector<std::chrono::seconds> times;
    const auto end = clock + span;
    for (; clock < end; clock += 1s) {
      if (look(raw).hold != Hold::none) continue;
      times.push_back(std::chrono::duration_cast<std::chrono::seconds>(clock));
      tried();
    }
    return times;
  }

  void freeze() { run(crashed(), 611s); }
  const Budget& budget() { return ledger.budgets.at(key); }
};

std::vector<std::chrono::seconds> seconds_of(const std::vector<int>& numbers) {
  std::vector<std::chrono::seconds> list;
  for (const int number : numbers)
    list.emplace_back(number);
  return list;
}

} // namespace

TEST(Budget, TriesOnScheduleThenOnceInThirtyMinutes) {
  Course course;
  EXPECT_EQ(course.run(crashed(), 2h),
            seconds_of({0, 10, 30, 70, 150, 310, 610, 2410, 4210, 6010}));
}

TEST(Budget, TheScheduleScalesWithTheKey) {
  Course course;
  course.config.back_off = 1s;
  EXPECT_EQ(course.run(crashed(), 10min), seconds_of({0, 1, 3, 7, 15, 31, 61, 241, 421}));
}

TEST(Budget, FrozenIsToldWithTheSameWordsAfterEachFurtherTry) {
  Course course;
  course.freeze();
  const auto first = course.look(crashed());
  EXPECT_EQ(first.hold, Hold::frozen);
  EXPECT_EQ(first.why, "7 tries, now one each 30m");
  EXPECT_EQ(first.retry_at, at_noon.boot + 610s + 30min);
  const auto held = course.held(crashed());
  ASSERT_EQ(held.frozen.size(), 1U);
  EXPECT_EQ(held.frozen[0].subject, "ssh.service");
  EXPECT_EQ(held.frozen[0].remedy, "restart");
  EXPECT_EQ(held.frozen[0].tries, 7);
  EXPECT_EQ(held.frozen[0].every, 30min);
  EXPECT_EQ(held.frozen[0].since.boot, at_noon.boot + 611s);
  EXPECT_EQ(held.frozen[0].since.wall, at_noon.wall + 611s);
  course.clock = 610s + 30min;
  EXPECT_EQ(course.look(crashed()).hold, Hold::none);
  course.tried();
  course.clock += 1s;
  EXPECT_EQ(course.look(crashed()).why, first.why);
  EXPECT_TRUE(course.held(healthy()).frozen.empty()) << "nothing is wanted of it";
}

TEST(Budget, TenGoodMinutesResetTheStepsAndNothingElseDoes) {
  Course course;
  for (int i = 0; i < 3; ++i)
    course.tried();
  // Ten minutes of trouble, or of not knowing, are no good ones.
  course.clock += 11min;
  course.look(crashed());
  EXPECT_EQ(course.budget().tries, 3);
  Snapshot blind = healthy();
  blind.units = Unknown{"bus"};
  course.look(blind);
  course.clock += 11min;
  course.look(blind);
  EXPECT_EQ(course.budget().tries, 3);
  // Up, but no answer was seen.
  Snapshot mute = healthy();
  mute.probe = Unknown{"no answer"};
  course.look(mute);
  course.clock += 11min;
  course.look(mute);
  EXPECT_EQ(course.budget().tries, 3);
  // Good, with a break in the middle.
  course.look(healthy());
  course.clock += 9min;
  course.look(crashed());
  course.look(healthy());
  course.clock += 9min;
  course.look(healthy());
  EXPECT_EQ(course.budget().tries, 3);
  course.clock += 1min;
  course.look(healthy());
  EXPECT_EQ(course.budget().tries, 0);
  EXPECT_EQ(course.look(crashed()).hold, Hold::none);
}

TEST(Budget, AnIdleSocketIsGood) {
  Course course;
  course.tried();
  const Snapshot idle = with_units([](SshUnits& units) {
    units.service.active_state = "inactive";
    units.socket.active_state = "active";
    units.owner = PortOwner::socket;
  });
  course.look(idle);
  course.clock += 10min;
  course.look(idle);
  EXPECT_EQ(course.budget().tries, 0);
}

TEST(Budget, TenInADayFreezeWhateverTheGoodTimesBetween) {
  Course course;
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(course.look(crashed()).hold, Hold::none) << i;
    course.tried(true);
    course.look(healthy());
    course.clock += 1h;
    course.look(healthy());
    EXPECT_EQ(course.budget().tries, 0);
  }
  course.clock += 1s; // ten hours after the first
  // The last try is an hour old: one is due, and then the next in half an hour.
  EXPECT_EQ(course.look(crashed()).hold, Hold::none);
  course.tried();
  course.clock += 1s;
  const auto decision = course.look(crashed());
  EXPECT_EQ(decision.hold, Hold::frozen);
  EXPECT_EQ(decision.why, "10 tries in a day, now one each 30m");
  EXPECT_TRUE(course.held(crashed()).frozen.at(0).in_a_day);
  // The window slides.
  course.look(healthy());
  course.clock += 24h;
  course.look(healthy());
  course.clock += 10min;
  course.look(healthy());
  EXPECT_TRUE(course.ledger.budgets.empty());
}

TEST(Budget, OtherEvidenceThawsAtOnce) {
  Course course;
  course.freeze();
  EXPECT_EQ(course.look(crashed()).hold, Hold::frozen);
  course.evidence = "2";
  EXPECT_EQ(course.look(crashed()).hold, Hold::none);
  // The steps begin anew; with the tenth try the day is full.
  EXPECT_EQ(course.run(crashed(), 80s), seconds_of({611, 621, 641}));
}

TEST(Budget, AChangeThatCouldNotBeReadIsNone) {
  Course course;
  course.freeze();
  Snapshot unread = crashed();
  unread.config = Unknown{"x"};
  const auto evaluation = engine::evaluate(unread, catalog());
  unread.taken.boot += course.clock;
  engine::observe(course.ledger, evaluation, unread);
  EXPECT_EQ(course.budget().tries, 7);
}

TEST(Budget, EvidenceThatNeverRestsIsNoEndlessSupply) {
  Course course;
  std::size_t tries = 0;
  int number = 0;
  for (const auto end = course.clock + 24h; course.clock < end; course.clock += 5s) {
    course.evidence = std::to_string(++number);
    if (course.look(crashed()).hold != Hold::none) continue;
    course.tried();
    ++tries;
  }
  EXPECT_LE(tries, 10U + 6U + 24U * 12U) << "ten, the steps, and then one in five minutes";
  EXPECT_GE(tries, 100U);
}

TEST(Budget, UndoneTwiceWithinAnHourIsAFight) {
  Course course;
  EXPECT_EQ(course.look(killed()).hold, Hold::none);
  course.tried(true);
  course.look(healthy());
  course.clock += 15min;
  course.look(healthy());
  EXPECT_EQ(course.look(killed(15)).hold, Hold::none);
  course.tried(true);
  course.look(healthy());
  course.clock += 15min;
  course.look(healthy());
  const auto decision = course.look(killed());
  EXPECT_EQ(decision.hold, Hold::fight);
  EXPECT_EQ(decision.retry_at, at_noon.boot + 90min);
  ASSERT_EQ(course.held(killed()).fights.size(), 1U);
  EXPECT_EQ(course.held(killed()).fights[0].subject, "ssh.service");
  EXPECT_EQ(course.held(killed()).fights[0].tries, 2);
  EXPECT_TRUE(course.held(healthy()).fights.empty());

  // An hour without change, not an hour.
  course.clock += 50min;
  course.look(healthy());
  EXPECT_EQ(course.look(killed()).hold, Hold::fight);
  course.clock += 59min;
  EXPECT_EQ(course.look(killed()).hold, Hold::fight);
  course.clock += 1min;
  EXPECT_EQ(course.look(killed()).hold, Hold::none);
}

TEST(Budget, AFightEndsWithOtherEvidenceOrByAPerson) {
  Course fought;
  for (int i = 0; i < 2; ++i) {
    fought.tried(true);
    fought.look(healthy());
    fought.clock += 11min;
    fought.look(healthy());
    fought.look(killed());
  }
  EXPECT_EQ(fought.look(killed()).hold, Hold::fight);
  Course other = fought;
  other.evidence = "2";
  EXPECT_EQ(other.look(killed()).hold, Hold::none);
  Course resumed = fought;
  engine::thaw(resumed.ledger);
  EXPECT_EQ(resumed.look(killed()).hold, Hold::none);
  fought.tried(true, Asker::person);
  EXPECT_TRUE(fought.ledger.budgets.empty());
}

TEST(Budget, CrashesAreNoFight) {
  Course course;
  for (int i = 0; i < 5; ++i) {
    course.tried(true);
    course.look(healthy());
    course.clock += 5min;
    EXPECT_NE(course.look(crashed()).hold, Hold::fight) << i;
  }
  EXPECT_EQ(course.budget().tries, 5);
  // Out of memory, a watchdog: no person either.
  for (const char* result : {"oom-kill", "watchdog", "timeout", "core-dump"}) {
    Snapshot snapshot = killed();
    change(snapshot.units, [result](SshUnits& units) { units.service.result = result; });
    course.tried(true);
    course.look(snapshot);
    EXPECT_TRUE(course.budget().undone.empty()) << result;
  }
}

TEST(Budget, AHealThatWasNotVerifiedCannotBeUndone) {
  Course course;
  for (int i = 0; i < 3; ++i) {
    course.tried(false);
    course.clock += 5min;
    course.look(killed());
  }
  EXPECT_TRUE(course.budget().undone.empty());
}

TEST(Budget, AnUndoneHealOfMoreThanAnHourAgoDoesNotCount) {
  Course course;
  course.tried(true);
  course.look(healthy());
  course.clock += 61min;
  course.look(healthy());
  course.look(killed());
  EXPECT_TRUE(course.budget().undone.empty());
}

TEST(Budget, AStopUndoesAHealOnceItLasts) {
  Course course;
  course.tried(true);
  course.look(healthy());
  course.look(stopped()); // a restart by hand passes through here
  EXPECT_TRUE(course.budget().undone.empty());
  course.clock += 1s;
  course.look(stopped());
  EXPECT_EQ(course.budget().undone.size(), 1U);
  course.clock += 10s;
  course.look(stopped());
  EXPECT_EQ(course.budget().undone.size(), 1U) << "one stop is one";
}

TEST(Budget, ARestartByHandUndoesNothing) {
  Course course;
  course.tried(true);
  Snapshot restarting = stopped();
  change(restarting.units, [](SshUnits& units) { units.service.job_queued = true; });
  for (int i = 0; i < 10; ++i) { // cloud-init, needrestart, a person
    course.clock += 20s;
    course.look(healthy());
    course.look(restarting);
  }
  EXPECT_TRUE(course.budget().undone.empty());
  EXPECT_TRUE(course.budget().healed);
}

TEST(Budget, NobodyIsToBlameWhileTheMachineIsInMotion) {
  for (const char* system : {"stopping", "starting", "initializing", "maintenance", "packages"}) {
    const bool packages = std::string_view{system} == "packages";
    for (const Snapshot& down : {killed(), stopped()}) {
      Course course;
      Snapshot moving = down;
      if (!packages)
        change(moving.units, [system](SshUnits& units) { units.system_state = system; });
      else
        change(moving.intent, [](Intent& intent) {
          intent.package_locks = {{"/var/lib/dpkg/lock-frontend", 812, 0}};
        });
      for (int i = 0; i < 3; ++i) {
        course.tried(true);
        course.look(healthy());
        course.look(moving);
        course.clock += 2s;
        course.look(moving);
        course.look(down); // the lock is gone, what happened under it is still to be seen
        course.clock += 2s;
        course.look(down);
        EXPECT_TRUE(course.budget().undone.empty()) << system;
      }
    }
  }
}

TEST(Budget, CouldNotSeeWhoIsAtWorkIsNoVerdict) {
  Course course;
  course.tried(true);
  Snapshot blind = killed();
  blind.intent = Unknown{"x"};
  course.look(blind);
  EXPECT_TRUE(course.budget().undone.empty());
  EXPECT_TRUE(course.budget().healed) << "the next look will tell";
  course.look(killed());
  EXPECT_EQ(course.budget().undone.size(), 1U);
}

TEST(Budget, WhatSomebodyLivesWithIsNotToldAsFrozen) {
  Course course;
  course.freeze();
  course.config.sshd_expected = false;
  const Snapshot snapshot = course.at(crashed());
  const auto evaluation = engine::evaluate(snapshot, catalog(), course.config);
  EXPECT_TRUE(engine::held(evaluation, snapshot, course.config, course.ledger).frozen.empty());
}

TEST(Budget, HalfAnSshdIsRestartedOnceForEachEvidence) {
  const Remedy once = RestartSshd{.service = "ssh.service", .running = true, .once = true};
  Course course;
  const auto decide = [&] {
    const Snapshot snapshot = course.at(healthy());
    return engine::decide(once, snapshot, course.config, course.ledger, snapshot.taken.boot);
  };
  EXPECT_EQ(decide().hold, Hold::none);
  engine::record_try(course.ledger, once, course.at(healthy()));
  for (int i = 0; i < 3; ++i) {
    course.clock += 24h;
    EXPECT_EQ(decide().hold, Hold::guard);
    EXPECT_FALSE(decide().retry_at);
  }
  // Ten good minutes: what comes then is another trouble.
  course.look(healthy());
  course.clock += 10min;
  course.look(healthy());
  EXPECT_EQ(decide().hold, Hold::none);
  engine::record_try(course.ledger, once, course.at(healthy()));
  course.evidence = "2";
  course.look(healthy());
  EXPECT_EQ(decide().hold, Hold::none);
}

TEST(Budget, AStoppedSshdIsStartedAfterTheGraceTimeWhereAPersonSaidSo) {
  Course course;
  auto decision = course.look(stopped());
  EXPECT_EQ(decision.hold, Hold::opt_in);
  EXPECT_EQ(decision.why, "opt-in: [heal] start_sshd = no");
  EXPECT_FALSE(decision.retry_at);
  course.config.start_sshd = true;
  course.config.restart_sshd = false; // the other remedy's
  decision = course.look(stopped());
  EXPECT_EQ(decision.hold, Hold::grace);
  EXPECT_EQ(decision.retry_at, at_noon.boot + 300s);
  course.clock = 299s;
  EXPECT_EQ(course.look(stopped()).hold, Hold::grace);
  course.clock = 300s;
  EXPECT_EQ(course.look(stopped()).hold, Hold::none);
  // Started in between by its owner: the next stop has a grace time of its own.
  course.look(healthy());
  EXPECT_EQ(course.look(stopped()).hold, Hold::grace);
  course.config.heal = false;
  EXPECT_EQ(course.look(stopped()).hold, Hold::off);
}

TEST(Budget, TheGraceTimeOfARollbackBeginsAnewWhereSomebodyIsAtWork) {
  Course course;
  course.config.rollback_sshd_config = true;
  const auto look = [&course] {
    Snapshot snapshot = failed_at_start_limit();
    break_config(snapshot);
    snapshot.known_good = KnownGood{.saved_us = 1, .differs = true};
    snapshot.instance = Instance{.machine_id = "0123456789abcdef0123456789abcdef"};
    snapshot = course.at(snapshot);
    const auto evaluation = engine::evaluate(snapshot, catalog(), course.config);
    engine::observe(course.ledger, evaluation, snapshot);
    const Remedy rollback = RollBackConfig{"/etc/ssh/sshd_config", course.evidence};
    return engine::decide(rollback, snapshot, course.config, course.ledger, snapshot.taken.boot);
  };
  EXPECT_EQ(look().retry_at, at_noon.boot + 60s);
  course.clock = 59s;
  EXPECT_EQ(look().hold, Hold::grace);
  course.evidence = "2";
  EXPECT_EQ(look().retry_at, at_noon.boot + 119s);
  course.clock = 118s;
  EXPECT_EQ(look().hold, Hold::grace);
  // The agent's own restart in between changes nothing.
  course.ledger = engine::ledger_from_json(engine::to_json(course.ledger), "");
  course.evidence = "3";
  EXPECT_EQ(look().retry_at, at_noon.boot + 178s);
  course.clock = 178s;
  EXPECT_EQ(look().hold, Hold::none);
}

TEST(Budget, WhatIsMaskedOrDisabledIsNotStartedByAnybody) {
  for (const char* state : {"disabled", "masked", "static"}) {
    Snapshot snapshot = stopped();
    change(snapshot.units, [state](SshUnits& units) { units.service.unit_file_state = state; });
    Remedy start = RestartSshd{.service = "ssh.service", .stopped = true};
    Config config;
    config.start_sshd = true;
    for (const Asker asker : {Asker::agent, Asker::person})
      EXPECT_EQ(engine::decide(start, snapshot, config, {}, snapshot.taken.boot, asker).hold,
                Hold::guard)
          << state;
  }
}

TEST(Budget, APersonIsHeldByNeitherOptInNorGraceNorBudget) {
  Course course;
  course.freeze();
  const Snapshot snapshot = course.at(crashed());
  EXPECT_EQ(engine::decide(restart, snapshot, course.config, course.ledger, snapshot.taken.boot,
                           Asker::person)
                .hold,
            Hold::none);
  const Remedy start = RestartSshd{.service = "ssh.service", .stopped = true};
  EXPECT_EQ(engine::decide(start, stopped(), Config{}, {}, at_noon.boot, Asker::person).hold,
            Hold::none);
}

TEST(Budget, SubjectsHaveTheirOwnAndAStartIsARestart) {
  Course course;
  engine::record_try(course.ledger, RestartSshd{"ssh.service", "ssh.socket"}, crashed());
  EXPECT_EQ(course.look(crashed()).hold, Hold::none);
  EXPECT_EQ(engine::budget_key(RestartSshd{.service = "ssh.service", .stopped = true}), key);
}

TEST(Budget, ALedgerOfTheFutureHoldsNothingForEver) {
  Course course;
  Budget& budget = course.ledger.budgets[key];
  const BootTime never{BootClock::duration{std::int64_t{1} << 61U}};
  budget.tries = 1'000'000;
  budget.last_try = never;
  budget.recent.assign(10, never);
  budget.healed = budget.good_since = budget.waits_since = budget.frozen_since = never;
  EXPECT_EQ(course.look(crashed()).hold, Hold::frozen);
  course.clock += 30min;
  EXPECT_EQ(course.look(crashed()).hold, Hold::none);
  course.ledger.budgets[key].fight_since = never;
  EXPECT_EQ(course.look(crashed()).hold, Hold::fight);
  course.clock += 1h;
  EXPECT_NE(course.look(crashed()).hold, Hold::fight);
}

TEST(Budget, SurvivesTheFile) {
  Course course;
  course.ledger.boot_id = "3f2a51c4-0000-4000-8000-000000000000";
  course.freeze();
  const auto before = course.look(crashed());
  course.ledger = engine::ledger_from_json(engine::to_json(course.ledger), course.ledger.boot_id);
  const auto after = course.look(crashed());
  EXPECT_EQ(after.hold, Hold::frozen);
  EXPECT_EQ(after.retry_at, before.retry_at);
  course.evidence = "2";
  EXPECT_EQ(course.look(crashed()).hold, Hold::none);
}

TEST(Budget, ADiskThatFillsAgainIsNobodysFight) {
  Snapshot snapshot = healthy();
  change(snapshot.disks, [](Disks& disks) {
    FileSystem& root = disks.file_systems.front();
    root.filling = root.full = true;
    root.worst_percent = 97;
    Consumers consumers;
    consumers.offers = {{.path = "/var/cache/apt/archives", .bytes = 1ULL << 30U, .files = 3}};
    consumers.offers_known = true;
    root.consumers = consumers;
  });
  engine::Ledger ledger;
  for (int times = 0; times < 3; ++times) {
    const auto evaluation = engine::evaluate(snapshot, catalog());
    const Finding* full = evaluation.find("disk.full", "/");
    ASSERT_NE(full, nullptr);
    ASSERT_TRUE(full->remedy);
    engine::observe(ledger, evaluation, snapshot);
    engine::record_try(ledger, *full->remedy, snapshot);
    engine::record_healed(ledger, snapshot.taken.boot);
    snapshot.taken.boot += 5min;
    snapshot.taken.wall += 5min;
  }
  const Budget& budget = ledger.budgets.at("make-room /");
  EXPECT_TRUE(budget.undone.empty());
  EXPECT_FALSE(budget.fight_since);
  EXPECT_EQ(budget.tries, 3) << "it counts all the same";
}

} // namespace sshguardd::test
