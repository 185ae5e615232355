// The kernel's own texts about processes and starvation (proc(5), Documentation/accounting/psi).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// The fields of /proc/PID/stat from the state on, the third; the command name before it may hold
// anything, also ") R".
[[nodiscard]] std::vector<std::string_view> stat_fields(std::string_view stat);

// The state letter of /proc/PID/stat; the command name before it may hold anything, also ") R".
[[nodiscard]] std::optional<char> process_state(std::string_view stat);

// "frozen 1" in cgroup.events.
[[nodiscard]] bool cgroup_frozen(std::string_view events);

// avg10 of the line that starts with `kind` ("some", "full") in /proc/pressure/*: percent.
[[nodiscard]] std::optional<double> pressure_avg10(std::string_view text, std::string_view kind);

// The runnable tasks of /proc/loadavg ("0.20 0.18 0.12 3/80 11206": 3), this reader among them.
[[nodiscard]] std::optional<int> runnable_tasks(std::string_view loadavg);

// Of /proc/PID/status: its effective capabilities have CAP_SYS_RESOURCE.
[[nodiscard]] bool may_set_resources(std::string_view status);

// /proc/PID/uid_map: the name space of users is the machine's own.
[[nodiscard]] bool maps_everybody(std::string_view uid_map);

// /proc/PID/oom_score_adj: -1000 to 1000.
[[nodiscard]] std::optional<int> oom_score_adj(std::string_view text);

} // namespace sshguardd::parse
