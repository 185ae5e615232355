// What the collectors saw of the machine, immutable once made. Checks are pure functions of it.
// Names are systemd's (org.freedesktop.systemd1(5)) and OpenSSH's.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd {

// ---- units -------------------------------------------------------------------------------------

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

// ---- configuration -----------------------------------------------------------------------------

// A file or directory whose change can change sshd's answer.
struct WatchedPath {
  std::string path;
  bool exists = false;
  std::string identity; // opaque: device, inode, size, mtime, ctime; equal means unchanged
};

struct SshdConfig {
  std::string main_file;             // "/etc/ssh/sshd_config", or the unit's -f
  std::string binary;                // "/usr/sbin/sshd"
  bool binary_exists = false;        // a regular executable file
  std::vector<WatchedPath> paths;    // main file, includes, drop-in directories, unit, environment
                                     // files, binary
  std::string fingerprint;           // of all of the above and of the command line
  std::int64_t newest_change_us = 0; // CLOCK_REALTIME of the latest mtime/ctime among the files
  std::string
      incomplete; // why `paths` are not all of them, so that the above miss changes; or empty
};

struct ConfigError {
  std::string file;    // empty where sshd names none
  int line = 0;        // 0 where sshd names none
  std::string message; // sshd's own words, untrusted
};

// What `sshd -t`, with the unit's own options and environment, said of one fingerprint.
struct ConfigTest {
  std::string fingerprint; // of the SshdConfig that was tested
  bool passed = false;     // a complaint about the privilege separation directory alone is a pass
  std::vector<ConfigError> errors;
  std::vector<std::string> command; // as run, for people to repeat
};

// ---- intent ------------------------------------------------------------------------------------

struct PackageLock {
  std::string path;
  std::uint32_t pid = 0;   // 0 = not told
  std::int64_t held_s = 0; // for how long this agent has seen it held without a break
};

// What says "hands off".
struct Intent {
  bool disabled_file = false; // /etc/sshguardd/disabled exists
  bool cmdline_off = false;   // sshguardd.heal=off on the kernel command line
  std::vector<PackageLock> package_locks;
  std::string unmet_condition; // of the service, read from disk now:
                               // "ConditionPathExists=!/etc/ssh/sshd_not_to_be_run"; empty = none
};

// ---- listeners and probe -----------------------------------------------------------------------

struct Listener {
  std::string address; // "0.0.0.0", "::", "127.0.0.1"
  std::uint16_t port = 0;
  bool ipv6 = false;
  bool ours = false;         // held by sshd's unit or its socket unit, by control group
  std::uint32_t waiting = 0; // connections that nobody has accepted yet (sock_diag: idiag_rqueue)
  std::uint32_t backlog = 0; // so many may wait; the kernel drops further ones
};

// The banner exchange, from loopback: what came back.
struct Probe {
  std::string address; // "127.0.0.1"
  std::uint16_t port = 0;
  bool alive = false; // a banner, or sshd's own "Not allowed at this time"
  std::string said;   // the banner or the reason, untrusted
  enum class How {
    answered,    // alive
    unconnected, // no handshake in time: the accept queue is full, or packets are dropped
    refused,     // by the kernel or a firewall
    silent,      // connected, and no banner in time
    closed,      // connected, and ended at once without a key exchange: its child died
    wrapped,     // the same after seconds of silence: TCP wrappers deny loopback
    foreign      // something else answers
  } how = How::answered;
  int failures = 0; // not alive so often in a row, a retry interval apart
};

// ---- signs of life -----------------------------------------------------------------------------

// How many unauthenticated connections sshd holds, from the title of its listening process
// (sshd.c:listener_proctitle): "sshd: /usr/sbin/sshd -D [listener] 3 of 10-100 startups".
struct Startups {
  int current = 0;
  int begin = 0; // MaxStartups: from here on connections are dropped at random ...
  int full = 0;  // ... and here all of them
};

// sshd's listening process as the kernel sees it (proc(5)).
struct Daemon {
  std::uint32_t pid = 0;
  char state = '?';    // R, S, D, T (stopped by a signal), t (traced), Z ...
  bool frozen = false; // its control group is (cgroup.events)
  std::optional<Startups> startups;

  [[nodiscard]] bool stopped() const { return state == 'T' || frozen; }
};

// What has been so at more than one look, without a break; since when.
struct Lasting {
  std::optional<BootTime> stopped;       // the listening process is stopped or frozen
  std::optional<BootTime> waiting;       // connections wait to be accepted
  std::optional<BootTime> startups_full; // at MaxStartups' begin or above
  bool listened = false; // this run of sshd has had a listening socket where the agent looks

  // From when on each counts: shorter than that is everyday life.
  static constexpr std::chrono::seconds stopped_for{2};
  static constexpr std::chrono::seconds waiting_for{2};
  static constexpr std::chrono::seconds startups_full_for{10};
};

// Starvation of the whole machine: shares of the last ten seconds, in percent (psi).
struct Pressure {
  double cpu_some = 0;    // some task waited for a processor
  double memory_full = 0; // all tasks at once waited for memory
  double io_full = 0;     // ... for a disk
  double load = 0;        // runnable tasks for each processor (/proc/loadavg)

  // What everybody waits for; nullptr where nobody does. A build on every processor is no
  // starvation: it takes many runnable tasks for each.
  [[nodiscard]] const char* short_of() const {
    if (memory_full >= 50) return "memory";
    if (io_full >= 90) return "disk";
    if (cpu_some >= 90 && load >= 16) return "processor time";
    return nullptr;
  }
  [[nodiscard]] bool starved() const { return short_of() != nullptr; }
};

// sshd's configuration as it understands it itself (`sshd -G` or `-T`), of one fingerprint.
struct ListenAddress {
  std::string address; // "0.0.0.0", "::", "192.0.2.1"
  std::uint16_t port = 0;
  bool ipv6 = false;
};
struct Effective {
  std::string fingerprint; // of the SshdConfig that was read
  std::vector<ListenAddress> listen;
  std::chrono::seconds noauth_penalty{0}; // PerSourcePenalties for a probe from loopback; 0 = none
};

// ---- the agent itself --------------------------------------------------------------------------

// A remedy that the agent does not carry out any more by itself, as the ledger has it.
struct HeldRemedy {
  std::string remedy;    // name_of(Remedy)
  std::string subject;   // what its budget is kept for: a unit, a path
  int tries = 0;         // in a row without lasting effect; times undone for a fight
  bool in_a_day = false; // frozen: the tries are those of a day, not those in a row
  Now since{};
  std::optional<BootTime> next_try; // frozen: one try then; fight: when it is over
  std::chrono::minutes every{0};    // frozen: the time between two tries

  bool operator==(const HeldRemedy&) const = default;
};

// Whether journald takes what the agent writes.
struct JournalState {
  std::uint64_t dropped = 0;             // entries since the agent's start
  std::optional<BootTime> refused_since; // not taken now; nothing where it takes them
  std::string why;                       // it does not take them
};

struct SelfTest {
  std::vector<std::string> problems;      // "console /dev/ttyS0: No such file"; empty = all well
  std::vector<std::string> config_errors; // "file:line: [section] key: ..."
  std::vector<HeldRemedy> frozen;         // budget spent
  std::vector<HeldRemedy> fights;         // undone twice within an hour
  // The errors were found at a reload: the configuration before it is in force.
  bool config_refused = false;
  JournalState journal;
};

struct Snapshot {
  Now taken{};
  std::string host; // node name, untrusted
  Fact<SshUnits> units;
  Fact<SshdConfig> config;
  Fact<ConfigTest> config_test;
  Fact<Intent> intent;
  Fact<std::vector<Listener>> listeners; // every listening TCP socket of the guest
  Fact<Probe> probe;
  bool probing = false; // the first probe of this run of sshd is under way
  Fact<Daemon> daemon;
  Lasting lasting;
  Fact<Pressure> pressure;
  Fact<Effective> effective;
  Fact<std::vector<std::string>> addresses; // of the machine's interfaces that are up
  bool test_hangs = false; // `sshd -t` did not end in time: config_test is Unknown for that
  Fact<std::vector<std::string>> log; // sshd's last lines, read only while its unit is failed
  Fact<SelfTest> self;
  bool failure_reset = false; // the agent cleared the unit's failure, and sshd was not up since

  // A server that is not sshd's unit holds port 22 (dropbear, an sshd of somebody's own unit).
  [[nodiscard]] bool served_by_another() const {
    return listeners && std::ranges::any_of(*listeners, [](const Listener& listener) {
             return listener.port == 22 && !listener.ours;
           });
  }
};

} // namespace sshguardd
