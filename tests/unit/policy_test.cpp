#include "engine/policy.hpp"
#include "fixture.hpp"

namespace sshguardd::test {
namespace {

using engine::Hold;

const Remedy restart = RestartSshd{"ssh.service", ""};

engine::Decision decide(const Snapshot& snapshot, const engine::Ledger& ledger = {},
                        const Config& config = {}) {
  return engine::decide(restart, snapshot, config, ledger, snapshot.taken.boot);
}

} // namespace

TEST(Policy, AppliesAtOnceWhereNothingSpeaksAgainstIt) {
  const auto decision = decide(failed_at_start_limit());
  EXPECT_EQ(decision.hold, Hold::none) << decision.why;
}

TEST(Policy, EverySwitchTurnsItOff) {
  Config config;
  config.heal = false;
  EXPECT_EQ(decide(failed_at_start_limit(), {}, config).hold, Hold::off);
  config.heal = true;
  config.restart_sshd = false;
  EXPECT_EQ(decide(failed_at_start_limit(), {}, config).hold, Hold::off);
  for (bool Intent::*flag : {&Intent::disabled_file, &Intent::cmdline_off}) {
    Snapshot snapshot = failed_at_start_limit();
    change(snapshot.intent, [flag](Intent& intent) { intent.*flag = true; });
    EXPECT_EQ(decide(snapshot).hold, Hold::off);
  }
}

TEST(Policy, UnknownNeverActs) {
  Snapshot snapshot = failed_at_start_limit();
  snapshot.intent = Unknown{"x"};
  EXPECT_EQ(decide(snapshot).hold, Hold::unknown);
  snapshot = failed_at_start_limit();
  snapshot.config_test = Unknown{"x"};
  EXPECT_EQ(decide(snapshot).hold, Hold::unknown);
  snapshot = failed_at_start_limit();
  snapshot.config = Unknown{"x"};
  EXPECT_EQ(decide(snapshot).hold, Hold::unknown);
  snapshot = failed_at_start_limit();
  snapshot.units = Unknown{"x"};
  EXPECT_EQ(decide(snapshot).hold, Hold::unknown);
}

TEST(Policy, PackageManagersHoldItForTenMinutesAtMost) {
  for (const auto& [held, hold] :
       {std::pair{0, Hold::intent}, std::pair{599, Hold::intent}, std::pair{600, Hold::none}}) {
    Snapshot snapshot = failed_at_start_limit();
    change(snapshot.intent, [held = held](Intent& intent) {
      intent.package_locks = {{"/var/lib/dpkg/lock-frontend", 812, held}};
    });
    const auto decision = decide(snapshot);
    EXPECT_EQ(decision.hold, hold) << held;
    if (hold == Hold::intent) {
      EXPECT_NE(decision.why.find("pid 812"), std::string::npos);
      EXPECT_TRUE(decision.retry_at); // no event tells of a lock that is dropped by fcntl
    }
  }
}

TEST(Policy, SystemStates) {
  struct Row {
    const char* state;
    std::chrono::microseconds since_boot;
    Hold hold;
  };
  const Row rows[] = {
      {"running", 5h, Hold::none},       {"degraded", 5h, Hold::none},
      {"starting", 30s, Hold::intent},   {"initializing", 5s, Hold::intent},
      {"starting", 11min, Hold::none},   {"stopping", 5h, Hold::intent},
      {"maintenance", 5h, Hold::intent}, {"", 5h, Hold::none},
  };
  for (const Row& row : rows) {
    Snapshot snapshot = failed_at_start_limit();
    snapshot.taken.boot = BootTime{row.since_boot};
    change(snapshot.units, [&row](SshUnits& units) { units.system_state = row.state; });
    EXPECT_EQ(decide(snapshot).hold, row.hold) << row.state;
  }
}

TEST(Policy, ABrokenConfigurationHasToBeMendedFirst) {
  Snapshot snapshot = failed_at_start_limit();
  break_config(snapshot);
  EXPECT_EQ(decide(snapshot).hold, Hold::cause);
}

TEST(Policy, AConfigurationInTheMiddleOfBeingWrittenIsWaitedFor) {
  Snapshot snapshot = failed_at_start_limit();
  change(snapshot.config, [](SshdConfig& config) { config.newest_change_us = wall_us - 100'000; });
  const auto decision = decide(snapshot);
  EXPECT_EQ(decision.hold, Hold::intent);
  EXPECT_TRUE(decision.retry_at);
  change(snapshot.config, [](SshdConfig& config) { config.newest_change_us = wall_us - 400'000; });
  EXPECT_EQ(decide(snapshot).hold, Hold::none);
  // The clock was set back: a file from the future is not new for ever.
  change(snapshot.config,
         [](SshdConfig& config) { config.newest_change_us = wall_us + 900'000'000; });
  EXPECT_EQ(decide(snapshot).hold, Hold::none);
}

TEST(Policy, ATestOfOtherFilesProvesNothing) {
  Snapshot snapshot = failed_at_start_limit();
  change(snapshot.config, [](SshdConfig& config) { config.fingerprint = "2"; });
  EXPECT_EQ(decide(snapshot).hold, Hold::intent);
}

TEST(Policy, GuardRails) {
  struct Row {
    const char* name;
    std::function<void(SshUnits&)> how;
    Hold hold;
  };
  const Row rows[] = {
      {"masked", [](SshUnits& u) { u.service.load_state = "masked"; }, Hold::guard},
      {"mask not loaded", [](SshUnits& u) { u.service.unit_file_state = "masked"; }, Hold::guard},
      {"disabled", [](SshUnits& u) { u.service.unit_file_state = "disabled"; }, Hold::guard},
      {"job", [](SshUnits& u) { u.service.job_queued = true; }, Hold::intent},
      {"socket job", [](SshUnits& u) { u.socket.job_queued = true; }, Hold::intent},
      {"reboot", [](SshUnits& u) { u.service.failure_action = "reboot"; }, Hold::guard},
      {"limit", [](SshUnits& u) { u.service.start_limit_action = "reboot-force"; }, Hold::guard},
  };
  for (const Row& row : rows) {
    Snapshot snapshot = failed_at_start_limit();
    change(snapshot.units, row.how);
    EXPECT_EQ(decide(snapshot).hold, row.hold) << row.name;
  }
}

TEST(Policy, ALivingDaemonIsNeverGivenAConfigurationThatItHasNotRead) {
  Snapshot snapshot = healthy();
  EXPECT_EQ(decide(snapshot).hold, Hold::none);
  change(snapshot.config, [&](SshdConfig& config) {
    config.newest_change_us = snapshot.units->service.active_enter_us + 1;
  });
  EXPECT_EQ(decide(snapshot).hold, Hold::guard);
}

TEST(Policy, ALivingDaemonWhoseConfigurationIsNotFollowedInFullIsLeftAlone) {
  const auto incomplete = [](SshdConfig& config) { config.incomplete = "too many files"; };
  Snapshot snapshot = healthy();
  change(snapshot.config, incomplete);
  EXPECT_EQ(decide(snapshot).hold, Hold::unknown);
  // One that is down is started: sshd -t has read all of it just now.
  snapshot = failed_at_start_limit();
  change(snapshot.config, incomplete);
  EXPECT_EQ(decide(snapshot).hold, Hold::none);
}

TEST(Policy, ALivingDaemonIsNotRestartedWhereThatEndsItsSessions) {
  for (const char* mode : {"control-group", "mixed"}) {
    EXPECT_EQ(decide(with_units([mode](SshUnits& units) { units.service.kill_mode = mode; })).hold,
              Hold::guard);
  }
}

TEST(Policy, WhatMayPassByItselfIsConfirmedByALaterLook) {
  engine::Ledger ledger;
  Finding finding{.id = "sshd.not-listening", .subject = "ssh.service", .remedy = restart};
  finding.settle = 5s;
  const Snapshot snapshot = failed_at_start_limit();
  const BootTime now = snapshot.taken.boot;
  const auto hold = [&](BootTime at) {
    return engine::decide(finding, snapshot, {}, ledger, at).hold;
  };
  EXPECT_EQ(hold(now), Hold::grace) << "the first look";
  EXPECT_TRUE(engine::decide(finding, snapshot, {}, ledger, now).brief);
  EXPECT_EQ(engine::decide(finding, snapshot, {}, ledger, now).retry_at, now + 5s);
  ledger.settling["sshd.not-listening"] = now;
  EXPECT_EQ(hold(now + 4999ms), Hold::grace);
  EXPECT_EQ(hold(now + 5s), Hold::none);
  // Told before the agent was restarted: what settles is not in the file.
  ledger.settling.clear();
  ledger.episodes.push_back({.seq = 1, .id = "sshd.failed", .ids = {"sshd.not-listening"}});
  EXPECT_EQ(hold(now), Hold::none);
  finding.settle = 0s;
  ledger.episodes.clear();
  EXPECT_EQ(hold(now), Hold::none);
  finding.accepted = Accepted{.until = {}, .reason = "known"};
  EXPECT_EQ(hold(now), Hold::off);
}

} // namespace sshguardd::test
