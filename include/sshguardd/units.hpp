// sshd's units, as systemd tells of them (org.freedesktop.systemd1(5)).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd {

// One ExecStart= line as systemd holds it: before $VARIABLE expansion, after specifiers.
struct ExecCommand {
  std::string path;              // what is executed
  std::vector<std::string> argv; // argv[0] included
  bool no_env_expand = false;    // the ':' prefix
};

struct EnvironmentFile {
  std::string path;      // may hold a glob
  bool optional = false; // the '-' prefix
};

struct UnitCondition {
  std::string type;      // "ConditionPathExists"
  std::string parameter; // "/etc/ssh/sshd_not_to_be_run"
  bool trigger = false;  // '|'
  bool negate = false;   // '!'
  int state = 0;         // at the last start: > 0 met, < 0 not met, 0 never tested
};

struct Unit {
  std::string id;              // primary name; aliases resolve to it
  std::string load_state;      // loaded, not-found, masked, error, bad-setting
  std::string active_state;    // active, reloading, inactive, failed, activating, deactivating
  std::string result;          // success, exit-code, signal, start-limit-hit, oom-kill ...
  std::string unit_file_state; // enabled, disabled, masked, static, alias ... read from disk
  std::string fragment_path;
  std::vector<std::string> drop_in_paths;
  bool job_queued = false;
  bool pulled_in = false; // some loaded unit wants, requires or upholds it
  bool condition_result = true;
  std::vector<UnitCondition> conditions;
  std::string control_group;
  std::string failure_action;           // "none" or what systemd does when it fails
  std::string start_limit_action;       // likewise at the start limit
  std::int64_t active_enter_us = 0;     // CLOCK_REALTIME, microseconds; 0 = never
  std::int64_t condition_tested_us = 0; // CLOCK_REALTIME, microseconds; 0 = never

  // services
  std::uint32_t main_pid = 0;
  std::int64_t main_start_us = 0; // CLOCK_REALTIME: its main process was executed; 0 = never
  std::int64_t reload_us =
      0; // CLOCK_REALTIME: ExecReload= last sent a SIGHUP; 0 = never, or unseen
  std::int64_t reload_monotonic_us = 0; // likewise, CLOCK_MONOTONIC
  int exec_main_code = 0;   // CLD_EXITED, CLD_KILLED, CLD_DUMPED (waitid(2)); 0 = still running
  int exec_main_status = 0; // exit status or signal number
  std::vector<ExecCommand> exec_start;
  bool command_known = true; // false: systemd has a command, but nobody could tell its words
  std::vector<std::string> environment; // "NAME=value"
  std::vector<EnvironmentFile> environment_files;
  std::vector<std::string> unset_environment;
  std::string kill_mode; // process, control-group, mixed, none

  // sockets
  std::vector<std::pair<std::string, std::string>> listen; // ("Stream", "[::]:22")
  bool accept = false;

  [[nodiscard]] bool exists() const {
    return load_state != "not-found" && !load_state.empty() && load_state != "stub";
  }
  // Between two states: systemd will tell how it ends.
  [[nodiscard]] bool moving() const {
    return job_queued || active_state == "activating" || active_state == "deactivating";
  }
  [[nodiscard]] bool active() const {
    return active_state == "active" || active_state == "reloading";
  }
  // CLOCK_REALTIME: sshd read its configuration after this, when it was started or reloaded since.
  // On SIGHUP it executes itself anew (sshd.c:sighup_restart), with the same process id, command
  // line and environment.
  [[nodiscard]] std::int64_t read_config_us() const {
    return active_enter_us > reload_us ? active_enter_us : reload_us;
  }
};

struct UnitFile {
  std::string name; // "sshd@.service"
  std::string state;
};

// Who serves the ssh port, as systemd's units tell it.
enum class PortOwner { none, service, socket };

// The pair of units that is sshd on this machine (Debian: ssh.service and ssh.socket; RHEL family:
// sshd.service and sshd.socket), chosen by parse/ssh_units.
struct SshUnits {
  std::string system_state; // starting, running, degraded, maintenance, stopping ...
  Unit service;             // exists() false: there is none (or only a template)
  Unit socket;              // exists() false: there is none
  PortOwner owner = PortOwner::none;
  std::vector<UnitFile> files; // every ssh/sshd unit file on disk, templates too

  // Somebody accepts connections for sshd: the daemon itself, or its socket unit.
  [[nodiscard]] bool up() const { return service.active() || socket.active(); }
};

} // namespace sshguardd
