// What the collectors saw of the machine, immutable once made. Checks are pure functions of it.
// Names are systemd's (org.freedesktop.systemd1(5)) and OpenSSH's.
#pragma once

#include "sshguardd/accounts.hpp"
#include "sshguardd/auth.hpp"
#include "sshguardd/disks.hpp"
#include "sshguardd/fact.hpp"
#include "sshguardd/flows.hpp"
#include "sshguardd/host_keys.hpp"
#include "sshguardd/known_good.hpp"
#include "sshguardd/limits.hpp"
#include "sshguardd/logs.hpp"
#include "sshguardd/memory.hpp"
#include "sshguardd/mounts.hpp"
#include "sshguardd/network.hpp"
#include "sshguardd/sshd_binary.hpp"
#include "sshguardd/time.hpp"
#include "sshguardd/units.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd {

// ---- configuration -----------------------------------------------------------------------------

// A file or directory whose change can change sshd's answer.
struct WatchedPath {
  std::string path;
  bool exists = false;
  std::string identity;       // opaque: device, inode, size, mtime, ctime; equal means unchanged
  bool configuration = false; // a file that sshd or its unit reads words from
};

struct SshdConfig {
  std::string main_file;             // "/etc/ssh/sshd_config", or the unit's -f
  std::string binary;                // "/usr/sbin/sshd"
  bool binary_exists = false;        // a regular executable file
  std::vector<WatchedPath> paths;    // main file, includes, drop-in directories, unit, environment
                                     // files, binary
  std::string fingerprint;           // of all of the above and of the command line
  std::int64_t newest_change_us = 0; // CLOCK_REALTIME of the latest mtime/ctime among the files
  std::int64_t newest_environment_us = 0; // ... among the unit's environment files alone, which
                                          // only a start applies
  std::int64_t newest_entry_us = 0; // ... of the latest mtime among the directories: a file that
                                    // went leaves no other trace
  std::string
      incomplete; // why `paths` are not all of them, so that the above miss changes; or empty
};

// Whether the sshd that runs has read what lies on disk.
[[nodiscard]] inline bool has_read(const Unit& service, const SshdConfig& config) {
  return config.newest_change_us < service.read_config_us() &&
         config.newest_environment_us < service.active_enter_us;
}

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
  std::string privsep_dir;          // the directory that it complains about, or empty
  bool no_hostkeys = false;         // it fails because no host key can be used, for nothing else
  std::vector<ConfigError> keys;    // host keys that it does not load, also where it passed

  // sshd drops this key for its mode (authfile.c:sshkey_perm_ok()), which is so still.
  [[nodiscard]] bool refuses_mode(const HostKey& key) const {
    return open_to_others(key) && std::ranges::any_of(keys, [&key](const ConfigError& said) {
             return said.file == key.path && said.message.starts_with("Permissions ");
           });
  }
};

// sshd's privilege separation directory, where `sshd -t` complains about it.
struct PrivsepDir {
  std::string path;
  bool exists = false;     // as a directory
  bool obstructed = false; // something else has its name
  std::uint32_t owner = 0;
  std::uint32_t mode = 0; // permission bits
};

// Whose state is kept under /var/lib/sshguardd: an image that is cloned is another instance.
struct Instance {
  std::string machine_id;  // /etc/machine-id; never empty
  std::string instance_id; // cloud-init's; empty where there is none
  bool provisioned = true; // cloud-init, where it is at work, has ended
};

// ---- intent ------------------------------------------------------------------------------------

struct PackageLock {
  std::string path;
  std::uint32_t pid = 0;   // 0 = not told
  std::int64_t held_s = 0; // for how long this agent has seen it held without a break

  // Held for so long that nobody waits for its end any more.
  static constexpr std::chrono::minutes patience{10};
  [[nodiscard]] bool hangs() const { return std::chrono::seconds{held_s} >= patience; }
};

// What says "hands off".
struct Intent {
  bool disabled_file = false; // /etc/sshguardd/disabled exists
  bool cmdline_off = false;   // sshguardd.heal=off on the kernel command line
  std::vector<PackageLock> package_locks;
  std::string unmet_condition; // of the service, read from disk now:
                               // "ConditionPathExists=!/etc/ssh/sshd_not_to_be_run"; empty = none

  // Packages are being installed, by a package manager that does not hang.
  [[nodiscard]] bool installing() const {
    return !std::ranges::all_of(package_locks, &PackageLock::hangs);
  }
};

// ---- listeners and probe -----------------------------------------------------------------------

struct Listener {
  std::string address; // "0.0.0.0", "::", "127.0.0.1"
  std::uint16_t port = 0;
  bool ipv6 = false;
  bool ours = false;          // held by sshd's unit or its socket unit, by control group
  std::uint32_t waiting = 0;  // connections that nobody has accepted yet (sock_diag: idiag_rqueue)
  std::uint32_t backlog = 0;  // so many may wait; the kernel drops further ones
  std::uint64_t group_id = 0; // of the control group that opened it; 0 = not told
  std::uint64_t inode = 0;    // of the socket
  // Looked up only where sshd's ports are held by somebody else than its running unit.
  std::string group;     // "/system.slice/nginx.service"
  std::uint32_t pid = 0; // 0 = not found
  std::string program;   // its name (comm), untrusted

  [[nodiscard]] bool loopback() const { return address.starts_with("127.") || address == "::1"; }
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
  int failures = 0;                         // not alive so often in a row, a retry interval apart
  static constexpr int failures_enough = 2; // one says nothing yet
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
  // Of 1000 for "kill me first" to -1000 for "never" (proc(5)): sshd sets the latter. Nothing where
  // that is not told, or where it may not do so (a container).
  std::optional<int> oom_score_adj;

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

// What SELinux lets sshd bind, where it enforces: from first to last port of type ssh_port_t.
struct SelinuxPorts {
  std::vector<std::pair<std::uint16_t, std::uint16_t>> ranges;
};

// sshd's configuration as it understands it itself (`sshd -G` or `-T`), of one fingerprint.
struct ListenAddress {
  std::string address; // "0.0.0.0", "::", "192.0.2.1"
  std::uint16_t port = 0;
  bool ipv6 = false;
};
// One of the settings that decide who may log in and how, outside of Match blocks.
struct PolicySetting {
  std::string keyword; // "PasswordAuthentication"
  std::string value;   // as `sshd -T` has it; entries of a list with blanks between, untrusted
  std::string file;    // where the first line for it stands, which wins; empty: sshd's default
  int line = 0;
};
struct Effective {
  std::string fingerprint; // of the SshdConfig that was read
  std::vector<ListenAddress> listen;
  std::vector<PolicySetting> policy;
  std::chrono::seconds noauth_penalty{0}; // PerSourcePenalties for a probe from loopback; 0 = none
  std::vector<std::string> host_keys;     // private key files, the defaults where none is named
  LoginRules login;                       // outside of Match blocks
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
  Fact<PrivsepDir> privsep_dir; // Unknown where sshd -t does not complain
  Fact<Instance> instance;      // Unknown while the machine has no identity: an image, a chroot
  Fact<HostKeys> host_keys;
  Fact<KnownGood> known_good; // looked at where `sshd -t` fails; Unknown: there is none
  Fact<Accounts> accounts;    // Unknown where sshd's own settings for them are not known
  Fact<AuthLog> auth;         // Unknown where the journal was not read
  Fact<Disks> disks;          // Unknown where the mounts could not be read
  Fact<MountFacts> mounts;    // Unknown where the mounts could not be read
  Fact<Logs> logs;            // Unknown where nobody has looked yet
  Fact<Firewall> firewall;    // Unknown where nobody has looked yet, or no rule could be read
  Fact<Network> network;      // Unknown where the kernel could not be asked
  Memory memory;
  Fact<Intent> intent;
  Fact<std::vector<Listener>> listeners; // every listening TCP socket of the guest
  Fact<Probe> probe;
  bool probing = false; // the first probe of this run of sshd is under way
  Fact<Daemon> daemon;
  Lasting lasting;
  Fact<Pressure> pressure;
  Limits limits;
  Fact<Effective> effective;
  Fact<std::vector<std::string>> addresses; // of the machine's interfaces that are up
  // Addresses sshd is to listen on that the kernel would not bind just now.
  std::vector<std::string> unbindable;
  Fact<SshdBinary> binary;
  Fact<SelinuxPorts> selinux; // Unknown where SELinux is not enforcing
  // Where sshd is to listen: as it says itself, else as it said of an earlier configuration, or
  // what its socket unit has. Empty: nobody told.
  std::vector<std::uint16_t> ports;
  std::vector<ListenAddress> listen; // the same with the addresses; "::" is for IPv6 alone
  // Where it listened and answered, on this instance, with a configuration in force for minutes.
  Fact<std::vector<ListenAddress>> listened_before;
  bool test_hangs = false; // `sshd -t` did not end in time: config_test is Unknown for that
  Fact<std::vector<std::string>> log; // sshd's last lines, read only while its unit is failed
  Fact<SelfTest> self;
  bool failure_reset = false; // the agent cleared the unit's failure, and sshd was not up since

  [[nodiscard]] bool is_ssh_port(std::uint16_t port) const {
    return ports.empty() ? port == 22 : std::ranges::find(ports, port) != ports.end();
  }
  // Where the client knocks, where no finding tells. A listener of sshd's control group may be a
  // forwarding of a session's.
  [[nodiscard]] std::uint16_t ssh_port() const;
  // Who is where sshd is to listen, or in the way of it there, and not for this machine alone; an
  // sshd of the unit's own control group wherever it listens; nullptr: nobody. Of use only while
  // sshd's units are down: a server of somebody's own, or an sshd that systemd forgot.
  [[nodiscard]] const Listener* holder() const;
  // The client is not refused although sshd's units are down: an sshd that systemd forgot, or
  // somebody else at every address where sshd is to be reached, and nothing says that it is no SSH
  // server. Never where nobody told where that is.
  [[nodiscard]] bool served_by_another() const;
};

} // namespace sshguardd
