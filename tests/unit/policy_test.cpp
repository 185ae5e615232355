#include "engine/policy.hpp"
#include "fixture.hpp"
#include "growth.hpp"
#include "opening.hpp"

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

TEST(Policy, HostKeysAreMadeForAMachineThatIsSomebody) {
  const Remedy remedy = GenerateHostKeys{{"/etc/ssh/ssh_host_ed25519_key"}};
  const Instance somebody{.machine_id = "0123456789abcdef0123456789abcdef"};
  Instance early = somebody;
  early.provisioned = false;
  const Fact<Instance> sealed{Unknown{"/etc/machine-id is not set"}};
  struct Row {
    const char* state;
    std::chrono::microseconds since_boot;
    Fact<Instance> instance;
    Hold hold;
  };
  const Row rows[] = {
      {"running", 5h, somebody, Hold::none},       {"degraded", 5h, somebody, Hold::none},
      {"starting", 11min, somebody, Hold::intent}, {"stopping", 5h, somebody, Hold::intent},
      {"maintenance", 5h, somebody, Hold::intent}, {"", 5h, somebody, Hold::intent},
      {"running", 5h, sealed, Hold::guard},        {"running", 5h, early, Hold::intent},
  };
  for (const Row& row : rows) {
    Snapshot snapshot = failed_at_start_limit();
    snapshot.taken.boot = BootTime{row.since_boot};
    snapshot.instance = row.instance;
    change(snapshot.units, [&row](SshUnits& units) { units.system_state = row.state; });
    for (const auto asker : {engine::Asker::agent, engine::Asker::person})
      EXPECT_EQ(engine::decide(remedy, snapshot, {}, {}, snapshot.taken.boot, asker).hold, row.hold)
          << row.state;
  }
}

TEST(Policy, NoHostKeysWhereSomebodyWantsItDown) {
  const auto decide_keys = [](auto how) {
    Snapshot snapshot = failed_at_start_limit();
    snapshot.instance = Instance{.machine_id = "0123456789abcdef0123456789abcdef"};
    change(snapshot.units, how);
    return engine::decide(GenerateHostKeys{{"/etc/ssh/ssh_host_ed25519_key"}}, snapshot, {}, {},
                          snapshot.taken.boot, engine::Asker::person)
        .hold;
  };
  EXPECT_EQ(decide_keys([](SshUnits&) {}), Hold::none);
  EXPECT_EQ(decide_keys([](SshUnits& units) { units.service.load_state = "masked"; }), Hold::guard);
  EXPECT_EQ(decide_keys([](SshUnits& units) { units.service.unit_file_state = "disabled"; }),
            Hold::guard);
  EXPECT_EQ(decide_keys([](SshUnits& units) { units.service.job_queued = true; }), Hold::intent);
}

TEST(Policy, RoomIsMadeOfWhatIsAllowed) {
  const auto remedy = [](std::vector<RoomKind> kinds) {
    MakeRoom room{.mount = "/", .device = "8:1", .steps = {}, .goal = {}};
    for (const RoomKind kind : kinds)
      room.steps.push_back({.kind = kind, .path = "/x", .bytes = 1 << 30, .files = 1});
    return Remedy{room};
  };
  const Snapshot snapshot = healthy();
  Config config;
  const auto of = [&](const Remedy& one, const Snapshot& now,
                      engine::Asker asker = engine::Asker::agent) {
    return engine::decide(one, now, config, {}, now.taken.boot, asker);
  };
  using enum RoomKind;
  EXPECT_EQ(of(remedy({packages, journal}), snapshot).hold, Hold::none);
  EXPECT_EQ(of(remedy({rotated_logs}), snapshot).hold, Hold::opt_in);
  EXPECT_EQ(of(remedy({core_dumps}), snapshot).why, "opt-in: [heal] remove_core_dumps = no");
  EXPECT_EQ(of(remedy({packages, journal, core_dumps}), snapshot).hold, Hold::opt_in)
      << "never half of it by itself";
  EXPECT_EQ(of(remedy({core_dumps}), snapshot, engine::Asker::person).hold, Hold::none);
  config.remove_rotated_logs = true;
  EXPECT_EQ(of(remedy({packages, rotated_logs}), snapshot).hold, Hold::none);
  config.vacuum_journal = false;
  EXPECT_EQ(of(remedy({packages}), snapshot).hold, Hold::none);
  EXPECT_EQ(of(remedy({packages, journal}), snapshot).hold, Hold::off);
  EXPECT_EQ(of(remedy({journal}), snapshot).why, "healing is off: [heal] vacuum_journal = no");
  config = {};
  config.heal = false;
  EXPECT_EQ(of(remedy({packages}), snapshot).why, "healing is off: [heal] enabled = no");
  config = {};
  Snapshot packaging = snapshot;
  change(packaging.intent, [](Intent& intent) {
    intent.package_locks = {{"/var/lib/dpkg/lock-frontend", 812, 0}};
  });
  for (const auto asker : {engine::Asker::agent, engine::Asker::person})
    EXPECT_EQ(of(remedy({packages}), packaging, asker).hold, Hold::intent);
  // One budget for a file system, and sshd's trouble is another one.
  EXPECT_EQ(engine::budget_key(remedy({journal})), "make-room /");
  EXPECT_EQ(of(remedy({packages}), failed_at_start_limit()).hold, Hold::none);
}

TEST(Policy, AFileSystemGrowsWhereSomebodyAllowsIt) {
  const GrowFileSystem growth = test::growth();
  Config config;
  const Snapshot well = healthy();
  const auto of = [&](const GrowFileSystem& one, const Snapshot& now,
                      engine::Asker asker = engine::Asker::agent) {
    return engine::decide(one, now, config, {}, now.taken.boot, asker);
  };
  EXPECT_EQ(of(growth, well).hold, Hold::opt_in);
  EXPECT_EQ(of(growth, well).why, "opt-in: [heal] grow_file_system = no");
  EXPECT_EQ(of(growth, well, engine::Asker::person).hold, Hold::none) << "consent";
  config.grow_file_system = true;
  EXPECT_EQ(of(growth, well).hold, Hold::none);
  EXPECT_EQ(engine::budget_key(growth), "grow-file-system /");

  const auto with = [&growth](auto how) {
    GrowFileSystem other = growth;
    how(other);
    return other;
  };
  for (const auto asker : {engine::Asker::agent, engine::Asker::person}) {
    EXPECT_EQ(of(with([](auto& one) { one.growpart.clear(); }), well, asker).why,
              "install cloud-guest-utils");
    EXPECT_EQ(of(with([](auto& one) { one.grow_program.clear(); }), well, asker).why,
              "install e2fsprogs");
    EXPECT_EQ(
        of(with([](auto& one) { one.growpart.clear(), one.grow_device = false; }), well, asker)
            .hold,
        Hold::none)
        << "not needed";
    EXPECT_EQ(of(with([](auto& one) { one.type = "btrfs"; }), well, asker).hold, Hold::guard);
    EXPECT_EQ(of(with([](auto& one) { one.mount = "/a$b"; }), well, asker).hold, Hold::guard);
    for (const char* state : {"starting", "stopping", "maintenance", ""}) {
      Snapshot other = well;
      change(other.units, [state](SshUnits& units) { units.system_state = state; });
      EXPECT_EQ(of(growth, other, asker).hold, Hold::intent) << state;
    }
    Snapshot early = well;
    early.instance = Instance{.machine_id = "0123456789abcdef0123456789abcdef"};
    change(early.instance, [](Instance& one) { one.provisioned = false; });
    EXPECT_EQ(of(growth, early, asker).why, "cloud-init is at work");
  }
  config.heal = false;
  EXPECT_EQ(of(growth, well).hold, Hold::off);
}

TEST(Policy, AFirewallIsOpenedWhereSomebodyAllowsIt) {
  const OpenFirewall open = by_firewalld();
  const OpenFirewall by_ufw = test::by_ufw();
  Config config;
  engine::Ledger ledger;
  Snapshot well = healthy();
  well.listeners = std::vector<Listener>{{.address = "0.0.0.0", .port = 22, .ours = true}};
  well.firewall = Firewall{};
  const auto of = [&](const OpenFirewall& one, const Snapshot& now,
                      engine::Asker asker = engine::Asker::agent) {
    return engine::decide(one, now, config, ledger, now.taken.boot, asker);
  };
  for (const OpenFirewall& one : {open, by_ufw}) {
    EXPECT_EQ(of(one, well).why, "opt-in: [heal] open_firewall = no");
    EXPECT_EQ(of(one, well).hold, Hold::opt_in);
    EXPECT_EQ(of(one, well, engine::Asker::person).hold, Hold::none) << "consent";
  }
  EXPECT_EQ(engine::budget_key(open), "open-firewall port 22");

  // Whoever sets it up has some seconds.
  config.open_firewall = FirewallOpening::for_a_time;
  EXPECT_EQ(of(open, well).hold, Hold::grace);
  EXPECT_EQ(of(open, well).why, "10s after it was shut");
  EXPECT_EQ(of(by_ufw, well).why,
            "opt-in: [heal] open_firewall = yes, and what ufw opens is permanent");
  ledger.budgets["open-firewall port 22"].waits_since = well.taken.boot - std::chrono::seconds{10};
  EXPECT_EQ(of(open, well).hold, Hold::none) << of(open, well).why;
  config.open_firewall = FirewallOpening::permanent;
  EXPECT_EQ(of(by_ufw, well).hold, Hold::none) << of(by_ufw, well).why;

  for (const auto asker : {engine::Asker::agent, engine::Asker::person}) {
    Snapshot other = well;
    other.listeners = std::vector<Listener>{{.address = "127.0.0.1", .port = 22, .ours = true},
                                            {.address = "0.0.0.0", .port = 22, .ours = false},
                                            {.address = "0.0.0.0", .port = 2222, .ours = true}};
    EXPECT_EQ(of(open, other, asker).why, "sshd does not listen on port 22");
    other.listeners = Unknown{"no answer"};
    EXPECT_EQ(of(open, other, asker).hold, Hold::unknown);
    other = well;
    other.instance = Instance{.machine_id = "0123456789abcdef0123456789abcdef"};
    change(other.instance, [](Instance& one) { one.provisioned = false; });
    EXPECT_EQ(of(open, other, asker).why, "cloud-init is at work");
    other = well;
    change(other.firewall, [](Firewall& one) { one.settled = false; });
    EXPECT_EQ(of(open, other, asker).why, "the firewall's rules are being read anew");
    other.firewall = Unknown{"not read"};
    EXPECT_EQ(of(open, other, asker).hold, Hold::intent);
    OpenFirewall bad = open;
    bad.zone = "a b";
    EXPECT_EQ(of(bad, well, asker).hold, Hold::guard);
    bad = open;
    bad.owner = "nftables";
    EXPECT_EQ(of(bad, well, asker).hold, Hold::guard);
  }
  // Both write their files anew: ufw empties its own first.
  const auto with_root = [&well](bool FileSystem::*what) {
    Snapshot other = well;
    change(other.disks, [what](Disks& disks) {
      FileSystem etc;
      etc.mount = "/";
      etc.*what = true;
      FileSystem data;
      data.mount = "/srv";
      disks.file_systems = {etc, data};
    });
    return other;
  };
  EXPECT_EQ(of(by_ufw, with_root(&FileSystem::full)).hold, Hold::cause);
  EXPECT_EQ(of(by_ufw, with_root(&FileSystem::inodes_full)).hold, Hold::cause);
  EXPECT_EQ(of(by_ufw, with_root(&FileSystem::read_only)).why,
            "/ is read-only: its rules could be lost while they are written");
  EXPECT_EQ(of(by_ufw, with_root(&FileSystem::filling)).hold, Hold::none);
  EXPECT_EQ(of(open, with_root(&FileSystem::full)).hold, Hold::none) << "for a time: in memory";
  Snapshot blind = well;
  blind.disks = Unknown{"not asked"};
  EXPECT_EQ(of(by_ufw, blind).hold, Hold::unknown);

  config.heal = false;
  EXPECT_EQ(of(open, well).hold, Hold::off);
}

TEST(Policy, AHomeIsTouchedWhereNothingSpeaksAgainstIt) {
  const Remedy remedy = ClearKeyMode{"alice", 1000, "/home/alice", {"/home/alice"}};
  Snapshot snapshot = healthy();
  snapshot.instance = Instance{.machine_id = "m", .instance_id = "", .provisioned = true};
  Config config;
  const auto of = [&](const Snapshot& one, engine::Asker asker = engine::Asker::agent) {
    return engine::decide(remedy, one, config, {}, one.taken.boot, asker);
  };
  EXPECT_EQ(of(snapshot).hold, Hold::none) << of(snapshot).why;
  // Its own switch, and no other one's.
  config.clear_host_key_mode = config.rollback_sshd_config = config.restart_sshd = false;
  EXPECT_EQ(of(snapshot).hold, Hold::none);
  config.clear_key_mode = false;
  EXPECT_EQ(of(snapshot).hold, Hold::off);
  EXPECT_EQ(of(snapshot).why, "healing is off: [heal] clear_key_mode = no");
  EXPECT_EQ(of(snapshot, engine::Asker::person).hold, Hold::none);
  config = {};
  // Provisioning, packages, boot: also where a person asks.
  Snapshot early = snapshot;
  early.instance = Instance{.machine_id = "m", .instance_id = "i", .provisioned = false};
  Snapshot image = snapshot;
  image.instance = Unknown{"no machine id"};
  Snapshot packages = snapshot;
  change(packages.intent, [](Intent& intent) {
    intent.package_locks = {{"/var/lib/dpkg/lock-frontend", 812, 0}};
  });
  Snapshot stopping = snapshot;
  change(stopping.units, [](SshUnits& units) { units.system_state = "stopping"; });
  for (const Snapshot& held : {early, image, packages, stopping}) {
    EXPECT_EQ(of(held).hold, Hold::intent);
    EXPECT_EQ(of(held, engine::Asker::person).hold, Hold::intent);
  }
  // sshd's own trouble is another one.
  Snapshot broken = snapshot;
  break_config(broken);
  EXPECT_EQ(of(broken).hold, Hold::none);
  EXPECT_EQ(engine::budget_key(remedy), "clear-key-mode alice");
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

namespace {

Snapshot refused() {
  Snapshot snapshot = failed_at_start_limit();
  snapshot.instance = Instance{.machine_id = "0123456789abcdef0123456789abcdef"};
  break_config(snapshot);
  change(snapshot.config_test,
         [&](ConfigTest& test) { test.fingerprint = snapshot.config->fingerprint; });
  return snapshot;
}

engine::Decision decide_rollback(const Snapshot& snapshot,
                                 engine::Asker asker = engine::Asker::person) {
  Config config;
  config.rollback_sshd_config = true;
  const Remedy rollback = RollBackConfig{"/etc/ssh/sshd_config", refused().config->fingerprint};
  return engine::decide(rollback, snapshot, config, {}, snapshot.taken.boot, asker);
}

} // namespace

TEST(Policy, RollsBackOnlyWhatFailedForItsConfiguration) {
  EXPECT_EQ(decide_rollback(refused()).hold, Hold::none);
  EXPECT_EQ(decide_rollback(refused(), engine::Asker::agent).hold, Hold::grace);
  using Change = std::function<void(Unit&)>;
  const std::vector<std::tuple<const char*, Hold, Change>> table = {
      {"masked", Hold::guard, [](Unit& unit) { unit.load_state = "masked"; }},
      {"masked on disk", Hold::guard, [](Unit& unit) { unit.unit_file_state = "masked"; }},
      {"disabled", Hold::guard, [](Unit& unit) { unit.unit_file_state = "disabled"; }},
      {"stopped", Hold::guard,
       [](Unit& unit) {
         unit.active_state = "inactive";
         unit.result = "success";
       }},
      {"a start that goes on", Hold::guard,
       [](Unit& unit) {
         unit.active_state = "activating";
         unit.result = "success";
       }},
      {"between two tries", Hold::none,
       [](Unit& unit) {
         unit.active_state = "activating";
         unit.result = "exit-code";
       }},
      {"a job", Hold::intent, [](Unit& unit) { unit.job_queued = true; }},
  };
  for (const auto& [name, hold, how] : table) {
    Snapshot snapshot = refused();
    change(snapshot.units, [&](SshUnits& units) { how(units.service); });
    EXPECT_EQ(decide_rollback(snapshot).hold, hold) << name;
  }
  Snapshot snapshot = refused();
  change(snapshot.config, [](SshdConfig& config) { config.fingerprint = "another"; });
  EXPECT_EQ(decide_rollback(snapshot).hold, Hold::intent);
  // The set may be of the instance that this one was copied from.
  snapshot = refused();
  change(snapshot.instance, [](Instance& instance) { instance.provisioned = false; });
  EXPECT_EQ(decide_rollback(snapshot).hold, Hold::intent);
  snapshot = refused();
  change(snapshot.intent, [](Intent& intent) { intent.unmet_condition = "ConditionPathExists"; });
  EXPECT_EQ(decide_rollback(snapshot).hold, Hold::cause);
  snapshot = refused();
  change(snapshot.config_test, [](ConfigTest& test) { test.fingerprint = "another"; });
  EXPECT_EQ(decide_rollback(snapshot).hold, Hold::intent);
}

TEST(Policy, AKilledRollbackIsUndoneOnlyWhereNobodyIsAtWork) {
  const auto may = [](const Snapshot& snapshot, const Config& config = {},
                      const engine::Ledger& ledger = {}) {
    return engine::may_recover(snapshot, config, ledger, snapshot.taken.boot);
  };
  EXPECT_TRUE(may(healthy()));
  Config config;
  config.heal = false;
  EXPECT_FALSE(may(healthy(), config));
  engine::Ledger ledger;
  ledger.paused_until = healthy().taken.boot + 1s;
  EXPECT_FALSE(may(healthy(), {}, ledger));
  for (const auto& how : std::vector<std::function<void(Intent&)>>{
           [](Intent& intent) { intent.disabled_file = true; },
           [](Intent& intent) { intent.cmdline_off = true; },
           [](Intent& intent) {
             intent.package_locks = {{"/var/lib/dpkg/lock", 812, 1}};
           }}) {
    Snapshot snapshot = healthy();
    change(snapshot.intent, how);
    EXPECT_FALSE(may(snapshot));
  }
  Snapshot snapshot = healthy();
  snapshot.intent = Unknown{"x"};
  EXPECT_FALSE(may(snapshot));
}

} // namespace sshguardd::test
