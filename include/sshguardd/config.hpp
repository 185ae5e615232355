// The agent's own configuration, /etc/sshguardd/sshguardd.conf. Every field has its default here;
// the parser is config/load.
#pragma once

#include "sshguardd/disks.hpp"
#include "sshguardd/logs.hpp"
#include "sshguardd/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd {

enum class LogLevel { error, warning, info, debug };

// A finding that somebody has looked at and lives with: listed, silent, without effect on the
// state.
struct Accept {
  std::string id;                // of the finding
  std::string subject;           // exactly; empty = any
  std::optional<WallTime> until; // from then on it counts again
  std::string reason;            // for people; encoded on output
};

// Whether the agent may have a firewall let sshd in, and for how long.
enum class FirewallOpening { no, for_a_time, permanent };

struct Config {
  // [agent]
  std::string console = "auto"; // "auto" (from the kernel command line), "none", or a device path
  LogLevel log_level = LogLevel::info;
  std::size_t console_rate = 4096; // bytes a minute on the console at most, 512 to 1048576

  // [heal]
  bool heal = true;         // enabled: any remedy at all
  bool restart_sshd = true; // restart_sshd: the restart remedy
  bool start_sshd = false;  // start_sshd: opt-in, a stopped sshd is started after start_sshd_after
  std::chrono::seconds start_sshd_after{300}; // 10 to 86400
  bool make_privsep_dir = true;               // make_privsep_dir
  bool clear_host_key_mode = true;            // clear_host_key_mode
  bool generate_host_keys = true;             // generate_host_keys
  bool clear_key_mode = true;                 // clear_key_mode
  bool clean_package_cache = true;            // clean_package_cache
  bool vacuum_journal = true;                 // vacuum_journal
  bool remove_rotated_logs = false;           // remove_rotated_logs: opt-in
  bool remove_core_dumps = false;             // remove_core_dumps: opt-in
  bool grow_file_system = false;              // grow_file_system: opt-in
  bool rollback_sshd_config = false;          // rollback_sshd_config: opt-in, after rollback_after
  std::chrono::seconds rollback_after{60};    // sshd is down for its configuration; 10 to 86400
  // open_firewall: opt-in. Where it is for a time: for so long, 1h to 7d.
  FirewallOpening open_firewall = FirewallOpening::no;
  std::chrono::seconds open_firewall_for{86'400};
  // The wait after a first try that did not help; it doubles five times, up to 30 times this. A
  // frozen remedy is tried once each 180 times this. 1 to 600.
  std::chrono::seconds back_off{10};

  // [sshd]
  bool sshd_expected = true; // expected: no = no sshd is wanted on this machine

  // [probe]
  std::chrono::seconds probe_interval{900}; // while all is well; 60 to 86400
  std::chrono::seconds probe_retry{5};      // after a failed one, at least; 2 to 300
  std::chrono::seconds probe_timeout{8};    // above the 5 s of TCP wrappers; 6 to 60

  // [disk]
  std::uint64_t disk_warning = DiskLines{}.warning;               // warning: percent, 1 to 100
  std::uint64_t disk_warning_bytes = DiskLines{}.warning_bytes;   // warning_bytes
  std::uint64_t disk_critical = DiskLines{}.critical;             // critical: percent, 1 to 100
  std::uint64_t disk_critical_bytes = DiskLines{}.critical_bytes; // critical_bytes
  std::vector<MountLines> disk_mounts;                            // /path = warning=90 ...

  // [journal]
  std::uint64_t journal_warning = JournalLines{}.warning;             // warning: percent, 1 to 100
  std::uint64_t journal_warning_bytes = JournalLines{}.warning_bytes; // warning_bytes

  // [firewall]
  std::vector<std::string> firewall_sources; // sources: addresses that have to get in, in words

  // [accept]
  std::vector<Accept> accept;
};

// An error never stops the agent: the default stays in force and the text is shown.
struct ConfigErrors {
  std::vector<std::string> lines; // "file:line: [section] key: what is wrong, what is allowed"
};

} // namespace sshguardd
