// A healthy machine's logs, to be broken one fact at a time.
#pragma once

#include "fixture.hpp"

namespace sshguardd::test {

inline constexpr std::uint64_t mib = 1ULL << 20;
inline constexpr std::uint64_t gib = 1ULL << 30;

inline Space space_of(std::uint64_t total) {
  return {.total = total, .free = total / 2, .available = total / 2, .inodes = 0, .inodes_free = 0};
}

inline Logs healthy_logs() {
  Journal journal;
  journal.directory = "/var/log/journal";
  journal.bytes = journal.own_bytes = 1 * gib;
  journal.mount = "/";
  journal.space = space_of(20 * gib);
  Logs logs;
  logs.journal = journal;
  PlainLogs plain;
  plain.bytes = 50 * mib;
  plain.mount = "/";
  plain.space = space_of(20 * gib);
  logs.plain = plain;
  logs.rotation.installed = true;
  logs.rotation.state_file = "/var/lib/logrotate/status";
  logs.rotation.ran = at_noon.wall - std::chrono::hours{12};
  logs.rotation.timer = true;
  logs.rotation.timer_active = true;
  logs.rotation.timer_state = "enabled";
  logs.rotation.service_result = "success";
  return logs;
}

inline Snapshot with_logs(const std::function<void(Logs&)>& how) {
  Snapshot snapshot = healthy();
  Logs logs = healthy_logs();
  how(logs);
  snapshot.logs = logs;
  return snapshot;
}

inline Snapshot with_journal(const std::function<void(Journal&)>& how) {
  return with_logs([&how](Logs& logs) { change(logs.journal, how); });
}

} // namespace sshguardd::test
