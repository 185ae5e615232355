// host.pressure: the whole machine is starved; sshd is merely one of those that wait.
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "host.pressure",
    .title = "the machine is starved of processor, memory or disk",
    .sees = "timeout",
    .when = "now",
    .remedy = "-",
    .explain =
        "The kernel's pressure stall information says that tasks hardly get on, and sshd does not "
        "answer the agent's probe. A busy machine whose sshd answers is none: it is listed as an "
        "info at most. Restarting sshd would add to the load, so the agent does not.",
    .fix = "see what takes it: top; vmstat 1; cat /proc/pressure/*",
    .mended = "the pressure is gone",
    .passes = true,
}};

std::string percent(double share) {
  return std::to_string(static_cast<int>(share)) + "%";
}

std::vector<Finding> run(const Snapshot& snapshot) {
  if (!snapshot.pressure || !snapshot.pressure->starved()) return {};
  const Pressure& pressure = *snapshot.pressure;
  const bool silent = snapshot.probe && !snapshot.probe->alive && snapshot.probe->failures >= 2;
  return {
      {.id = ids[0].id,
       .subject = "host",
       .severity = silent ? Severity::critical : Severity::info,
       .when = When::now,
       .sees = silent ? Sees::timeout : Sees::none,
       .summary = std::string{"the machine is starved of "} + pressure.short_of(),
       .evidence = {{"/proc/pressure, last 10 s",
                     "cpu some " + percent(pressure.cpu_some) + ", memory full " +
                         percent(pressure.memory_full) + ", io full " + percent(pressure.io_full)}},
       .fix = {"see what takes it: top; vmstat 1"}}};
}

} // namespace

extern const Check host_pressure;
const Check host_pressure{"host_pressure", ids, Needs::nothing, run};

} // namespace sshguardd::checks
