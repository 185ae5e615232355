// sshd.failed: systemd gave up on sshd's unit or its socket; its own Result is the proof.
#include "parse/listen.hpp"
#include "parse/ssh_units.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {
    {
        .id = "sshd.failed",
        .title = "sshd's unit, or its socket, has failed",
        .sees = "refused",
        .when = "now",
        .remedy = "safe: restart",
        .explain =
            "systemd holds the unit in the state `failed` and does not start it again: after exit "
            "status 255 (nearly every fatal error of sshd, RestartPreventExitStatus=), at the "
            "start limit, or for a socket at its trigger limit. The agent clears the limit and "
            "starts it, once `sshd -t` passes with the unit's own options; it is healed when an "
            "SSH banner came back.",
        .fix = "sshd -t; systemctl reset-failed ssh.service; systemctl start ssh.service",
        .mended = "sshd started",
    },
    {
        .id = "sshd.oom-killed",
        .title = "sshd was killed because memory ran out",
        .sees = "refused",
        .when = "now",
        .remedy = "safe: restart",
        .explain = "systemd's Result of the failed unit is oom-kill: the kernel, or systemd-oomd, "
                   "killed a process of sshd's control group for memory (a child's is enough, with "
                   "OOMPolicy=stop). It stands in place of sshd.failed, and is healed as that is. "
                   "The kernel's own message of its victim is evidence.",
        .fix = "find what takes the memory: journalctl -k -g 'Out of memory'; then: systemctl "
               "start ssh.service",
        .mended = "sshd started",
    },
};

// waitid(2): CLD_EXITED, CLD_KILLED, CLD_DUMPED; numbers, since core code includes no system
// header.
constexpr int exited = 1;
constexpr int killed = 2;
constexpr int dumped = 3;

// The signals that end a daemon in practice, by name; signal(7), the same on every architecture.
std::string signal_name(int number) {
  switch (number) {
  case 1:
    return "HUP";
  case 6:
    return "ABRT";
  case 9:
    return "KILL";
  case 11:
    return "SEGV";
  case 15:
    return "TERM";
  default:
    return std::to_string(number);
  }
}

std::string how_main_ended(const Unit& unit) {
  if (unit.exec_main_code == exited)
    return "sshd exited with status " + std::to_string(unit.exec_main_status);
  if (unit.exec_main_code == killed)
    return "sshd was killed by signal " + signal_name(unit.exec_main_status);
  if (unit.exec_main_code == dumped)
    return "sshd crashed with signal " + signal_name(unit.exec_main_status);
  return {};
}

// systemd.exec(5) $SERVICE_RESULT and systemd.socket(5), in words.
std::string what_failed(const Unit& unit) {
  const std::string main = how_main_ended(unit);
  if (unit.result == "exit-code" || unit.result == "signal" || unit.result == "core-dump")
    return main.empty() ? "a start command failed" : main;
  const std::string also = main.empty() ? "" : "; before that " + main;
  if (unit.result == "start-limit-hit") return "start limit hit" + also;
  if (unit.result == "service-start-limit-hit") return "its service hit the start limit";
  if (unit.result == "trigger-limit-hit") return "trigger limit hit";
  if (unit.result == "oom-kill") return "sshd was killed for memory";
  if (unit.result == "watchdog") return "watchdog timeout";
  if (unit.result == "timeout") return "timed out";
  if (unit.result == "resources") return "systemd lacked resources to start it";
  return "systemd's result is " + unit.result + also;
}

// The agent cleared the failure to start it again, and it did not start: the unit is merely
// inactive now, as if somebody had stopped it.
std::vector<Finding> after_reset(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  const bool by_socket = units.owner == PortOwner::socket && units.socket.exists();
  const Unit& unit = by_socket ? units.socket : units.service;
  // The look under way when sshd came up still knows of the failure.
  if (units.up() || units.service.moving() || units.socket.moving()) return {};
  if (!unit.exists() || unit.active_state != "inactive" || snapshot.served_by_another()) return {};
  if (parse::start_in_vain(snapshot))
    return {{.id = ids[0].id,
             .subject = unit.id,
             .severity = Severity::critical,
             .when = When::now,
             .sees = Sees::refused,
             .summary = unit.id + " failed, and could not bind now",
             .evidence = {{"systemd ActiveState", unit.active_state}},
             .fix = {"free its port and address, then systemctl start " + unit.id}}};
  return {{.id = ids[0].id,
           .subject = unit.id,
           .severity = Severity::critical,
           .when = When::now,
           .sees = Sees::refused,
           .summary = unit.id + " failed, and did not start again",
           .evidence = {{"systemd ActiveState", unit.active_state}},
           .fix = {"systemctl start " + unit.id},
           .remedy = parse::restart_of(units)}};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  const bool service_failed = units.service.active_state == "failed";
  const bool socket_failed = units.socket.active_state == "failed";
  if (snapshot.failure_reset && !service_failed && !socket_failed) return after_reset(snapshot);
  if (units.up() || (!service_failed && !socket_failed)) return {};

  const Unit& unit = service_failed && units.owner != PortOwner::socket ? units.service
                     : socket_failed                                    ? units.socket
                                                                        : units.service;
  const bool by_socket = units.owner == PortOwner::socket && units.socket.exists();
  const bool for_memory = unit.result == "oom-kill" || units.service.result == "oom-kill";
  Finding finding{
      .id = ids[for_memory ? 1 : 0].id,
      .subject = unit.id,
      .severity = Severity::critical,
      .when = When::now,
      .sees = Sees::refused,
      .summary = unit.id + " failed: " + what_failed(unit),
      .evidence = {{"systemd ActiveState", unit.active_state}, {"systemd Result", unit.result}}};
  if (const std::string main = how_main_ended(units.service); !main.empty())
    finding.evidence.push_back({"main process", main});
  if (for_memory) {
    for (const std::string& message : snapshot.memory.kernel)
      finding.evidence.push_back({"kernel", message});
  }
  // Who that is gets known in a moment, and is the better line.
  if (snapshot.holder() != nullptr) finding.settle = std::chrono::seconds{1};
  if (snapshot.served_by_another()) {
    // An answer that did not come once may come the next time.
    if (snapshot.probe && !snapshot.probe->alive) finding.settle = std::chrono::seconds{20};
    finding.severity = Severity::warning;
    finding.when = When::restart;
    const std::string port = std::to_string(snapshot.holder()->port);
    finding.summary += "; another program holds port " + port;
    finding.fix = {"see who holds it: ss -ltnp 'sport = " + port + "'"};
    return {finding};
  }
  if (snapshot.log) {
    for (const std::string& line : *snapshot.log)
      finding.evidence.push_back({"journal", line});
  }
  // A start would be in vain; one is tried at once when that is over.
  const std::string start = by_socket ? units.socket.id : units.service.id;
  if (parse::start_in_vain(snapshot)) {
    finding.fix = {"free its port and address, then systemctl start " + start};
    return {finding};
  }
  finding.fix = {"systemctl reset-failed " + unit.id + " && systemctl start " + start};
  finding.remedy = parse::restart_of(units);
  return {finding};
}

} // namespace

extern const Check sshd_failed;
const Check sshd_failed{"sshd_failed", ids, Needs::units, run};

} // namespace sshguardd::checks
