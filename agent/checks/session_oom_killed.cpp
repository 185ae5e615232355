// session.oom-killed: processes of logins were killed for memory while sshd lived.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "session.oom-killed",
    .title = "processes of logins were killed because memory ran out",
    .sees = "none",
    .when = "now",
    .remedy = "-",
    .explain =
        "The kernel counts for each control group whom it kills for memory (memory.events: "
        "oom_kill). A warning where it was a process of sshd's own group, sshd itself living on: "
        "connections die before or while somebody logs in. Worth knowing where it was in a user's "
        "slice: a session or what was run in it is gone. For an hour after the last one; what was "
        "killed before the agent came is not told. Needs the memory controller (cgroup version 2).",
    .fix = "find what takes the memory: journalctl -k -g 'Killed process'; systemd-cgtop -m",
    .mended = "nobody was killed for an hour",
    .passes = true,
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  const MemoryKills* worst = nullptr;
  for (const MemoryKills& one : snapshot.memory.kills) {
    if (worst == nullptr || (one.sshd && !worst->sshd)) worst = &one;
  }
  if (worst == nullptr) return {};
  const bool sshd = worst->sshd;
  Finding finding{
      .id = ids[0].id,
      .subject = worst->group.substr(worst->group.rfind('/') + 1),
      .severity = sshd ? Severity::warning : Severity::info,
      .when = When::now,
      .summary = sshd ? "connections of sshd were killed because memory ran out"
                      : "a process of a login was killed because memory ran out",
      .fix = {"find what takes the memory: journalctl -k -g 'Killed process'; systemd-cgtop -m"}};
  for (const MemoryKills& one : snapshot.memory.kills)
    finding.evidence.push_back(
        {one.group + " memory.events", "oom_kill " + std::to_string(one.killed) + " more"});
  for (const std::string& message : snapshot.memory.kernel)
    finding.evidence.push_back({"kernel", message});
  return {std::move(finding)};
}

} // namespace

extern const Check session_oom_killed;
const Check session_oom_killed{"session_oom_killed", ids, Needs::units, run};

} // namespace sshguardd::checks
