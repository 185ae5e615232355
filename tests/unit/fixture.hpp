// Snapshots for table tests: a healthy Debian machine, to be broken one fact at a time.
#pragma once

#include "engine/evaluate.hpp"
#include "engine/ledger.hpp"
#include "sshguardd/check.hpp"
#include "sshguardd/snapshot.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sshguardd::test {

using namespace std::chrono_literals;

inline constexpr std::int64_t wall_us = 1'795'230'727'000'000; // 2026-11-21T03:12:07Z
inline const Now at_noon{BootTime{5h}, WallTime{std::chrono::microseconds{wall_us}}};

inline Unit healthy_service() {
  Unit unit;
  unit.id = "ssh.service";
  unit.load_state = "loaded";
  unit.active_state = "active";
  unit.result = "success";
  unit.unit_file_state = "enabled";
  unit.kill_mode = "process";
  unit.failure_action = "none";
  unit.start_limit_action = "none";
  unit.main_pid = 91;
  unit.active_enter_us = wall_us - 3'600'000'000;
  unit.main_start_us = unit.active_enter_us - 50'000;
  unit.condition_tested_us = unit.active_enter_us;
  unit.conditions = {{.type = "ConditionPathExists",
                      .parameter = "/etc/ssh/sshd_not_to_be_run",
                      .trigger = false,
                      .negate = true,
                      .state = 1}};
  return unit;
}

inline Unit idle_socket() {
  Unit unit;
  unit.id = "ssh.socket";
  unit.load_state = "loaded";
  unit.active_state = "inactive";
  unit.result = "success";
  unit.unit_file_state = "disabled";
  unit.listen = {{"Stream", "[::]:22"}};
  return unit;
}

inline SshUnits healthy_units() {
  return {.system_state = "running",
          .service = healthy_service(),
          .socket = idle_socket(),
          .owner = PortOwner::service,
          .files = {}};
}

inline FileSystem healthy_root() {
  FileSystem root;
  root.mount = "/";
  root.source = "/dev/vda1";
  root.type = "ext4";
  root.holds = {"/", "/var", "/var/log", "/home"};
  root.was_writable = true;
  root.space = Space{.total = 20ULL << 30,
                     .free = 15ULL << 30,
                     .available = 14ULL << 30,
                     .inodes = 1'310'720,
                     .inodes_free = 1'200'000};
  return root;
}

inline Disks healthy_disks() {
  return {{healthy_root()}};
}

inline Snapshot healthy() {
  Snapshot snapshot;
  snapshot.taken = at_noon;
  snapshot.host = "web-01";
  snapshot.units = healthy_units();
  SshdConfig config;
  config.main_file = "/etc/ssh/sshd_config";
  config.binary = "/usr/sbin/sshd";
  config.binary_exists = true;
  config.fingerprint = "1";
  config.newest_change_us = wall_us - 7'200'000'000;
  snapshot.config = config;
  snapshot.config_test = ConfigTest{
      .fingerprint = "1", .passed = true, .errors = {}, .command = {"/usr/sbin/sshd", "-t"}};
  snapshot.host_keys = HostKeys{};
  snapshot.intent = Intent{};
  snapshot.listeners = std::vector<Listener>{{"0.0.0.0", 22, false, true}, {"::", 22, true, true}};
  snapshot.probe = Probe{"127.0.0.1", 22, true, "SSH-2.0-OpenSSH_9.2p1"};
  snapshot.self = SelfTest{};
  snapshot.accounts = Accounts{};
  snapshot.disks = healthy_disks();
  snapshot.mounts =
      MountFacts{.fstab = std::vector<FstabMount>{}, .unreadable = {}, .ephemeral = {}, .room = {}};
  snapshot.logs = Logs{.journal = Journal{}, .plain = PlainLogs{}, .rotation = {}};
  snapshot.firewall = Firewall{};
  snapshot.network = Network{};
  return snapshot;
}

// A Fact is immutable: change a copy and put it back.
template <class T, class Change> void change(Fact<T>& fact, Change&& how) {
  T value = *fact;
  how(value);
  fact = value;
}

inline Snapshot with_units(const std::function<void(SshUnits&)>& how) {
  Snapshot snapshot = healthy();
  change(snapshot.units, how);
  // What has no process listens nowhere.
  if (!snapshot.units->up()) snapshot.listeners = std::vector<Listener>{};
  return snapshot;
}

// The daemon was killed until systemd's start limit held.
inline Snapshot failed_at_start_limit() {
  Snapshot snapshot = with_units([](SshUnits& units) {
    units.service.active_state = "failed";
    units.service.result = "start-limit-hit";
    units.service.exec_main_code = 2;
    units.service.exec_main_status = 9;
    units.service.main_pid = 0;
  });
  snapshot.listeners = std::vector<Listener>{};
  snapshot.probe = Unknown{"sshd is not running"};
  return snapshot;
}

inline void break_config(Snapshot& snapshot, int line = 12) {
  change(snapshot.config_test, [line](ConfigTest& test) {
    test.passed = false;
    test.errors = {{"/etc/ssh/sshd_config", line, "Bad configuration option: Prot"}};
  });
}

// What one check says.
inline std::vector<Finding> run(std::string_view id, const Snapshot& snapshot) {
  for (const Check* check : catalog()) {
    for (const FindingInfo& info : check->ids) {
      if (info.id != id) continue;
      std::vector<Finding> findings = check->run(snapshot);
      std::erase_if(findings, [id](const Finding& finding) { return finding.id != id; });
      return findings;
    }
  }
  ADD_FAILURE() << "no check for " << id;
  return {};
}

} // namespace sshguardd::test
