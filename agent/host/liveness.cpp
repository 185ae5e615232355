#include "host/liveness.hpp"

#include "host/files.hpp"
#include "host/routes.hpp"
#include "host/rtnetlink.hpp"
#include "parse/proc.hpp"
#include "parse/sshd_title.hpp"

#include <algorithm>
#include <optional>

#include <net/if.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

bool frozen(const std::string& control_group) {
  if (control_group.empty()) return false;
  for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    const auto events = read_proc(root + control_group + "/cgroup.events");
    if (events) return parse::cgroup_frozen(*events);
  }
  return false;
}

// 0 where the kernel does not tell it: `full` of the processor is newer than `some`.
double share(const char* resource, std::string_view kind) {
  const auto text = read_proc(std::string{"/proc/pressure/"} + resource);
  return text ? parse::pressure_avg10(*text, kind).value_or(0) : 0;
}

// Of one that could have set it to the least: in a container it may not.
std::optional<int> oom_score_adj(const std::string& proc) {
  const auto status = read_proc(proc + "/status");
  const auto users = read_proc(proc + "/uid_map", 4096);
  const auto score = read_proc(proc + "/oom_score_adj", 64);
  if (!status || !users || !score) return std::nullopt;
  if (!parse::may_set_resources(*status) || !parse::maps_everybody(*users)) return std::nullopt;
  return parse::oom_score_adj(*score);
}

} // namespace

Fact<Daemon> read_daemon(std::uint32_t pid, const std::string& control_group) {
  if (pid == 0) return Unknown{"sshd is not running"};
  const std::string proc = "/proc/" + std::to_string(pid);
  const auto stat = read_proc(proc + "/stat");
  if (!stat) return Unknown{stat.why()};
  const auto state = parse::process_state(*stat);
  if (!state) return Unknown{proc + "/stat: not understood"};
  Daemon daemon{.pid = pid, .state = *state, .frozen = frozen(control_group), .startups = {}};
  daemon.oom_score_adj = oom_score_adj(proc);
  if (const auto title = read_proc(proc + "/cmdline")) daemon.startups = parse::sshd_title(*title);
  return daemon;
}

Fact<Pressure> read_pressure() {
  const auto cpu = read_proc("/proc/pressure/cpu");
  if (!cpu) return Unknown{cpu.why()};
  const auto some = parse::pressure_avg10(*cpu, "some");
  if (!some) return Unknown{"/proc/pressure/cpu: not understood"};
  Pressure pressure{.cpu_some = *some,
                    .memory_full = share("memory", "full"),
                    .io_full = share("io", "full"),
                    .load = 0};
  const auto loadavg = read_proc("/proc/loadavg");
  const auto tasks = loadavg ? parse::runnable_tasks(*loadavg) : std::nullopt;
  const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  if (tasks) pressure.load = static_cast<double>(*tasks) / static_cast<double>(std::max(cpus, 1L));
  return pressure;
}

Fact<std::vector<std::string>> read_addresses() {
  RouteSocket socket;
  const auto links = socket.links();
  if (!links) return Unknown{"interface addresses: " + links.why()};
  const auto all = socket.addresses();
  if (!all) return Unknown{"interface addresses: " + all.why()};
  std::vector<int> up;
  for (const parse::LinkMessage& link : *links) {
    if ((link.flags & IFF_UP) != 0) up.push_back(link.index);
  }
  std::ranges::sort(up);
  std::vector<std::string> addresses;
  for (const parse::AddressMessage& one : *all) {
    if (std::ranges::binary_search(up, one.index)) addresses.push_back(address_text(one.bytes));
  }
  return addresses;
}

} // namespace sshguardd::host
