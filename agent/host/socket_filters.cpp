#include "host/socket_filters.hpp"

#include "engine/socket_filters.hpp"
#include "host/bpf_query.hpp"
#include "host/helper.hpp"
#include "host/root_program.hpp"
#include "host/sockets.hpp"
#include "parse/ssh_units.hpp"
#include "parse/systemctl_show.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>

#include <sys/stat.h>

namespace sshguardd::host {
namespace {

using engine::ShownProperties;

constexpr auto deadline = std::chrono::seconds{3};
constexpr const char* hierarchy = "/sys/fs/cgroup";

std::vector<ShownProperties> show(const std::vector<std::string>& units) {
  const std::string systemctl = system_program("systemctl");
  if (systemctl.empty() || units.empty()) return {};
  HelperSpec spec;
  spec.argv = {systemctl, "--no-pager", "show",
               std::string{"--property="} + engine::socket_filter_properties, "--"};
  spec.argv.insert(spec.argv.end(), units.begin(), units.end());
  spec.environment = plain_environment();
  spec.deadline = deadline;
  const HelperResult result = run_helper(spec);
  if (result.exit_status != 0) return {};
  return parse::shown_properties_of(result.out);
}

std::string value_of(const ShownProperties& unit, const char* name) {
  const auto found = unit.find(name);
  return found == unit.end() ? std::string{} : found->second;
}

// The slices that these are in, as far as they are not among them.
std::vector<std::string> other_slices(const std::vector<ShownProperties>& shown) {
  std::vector<std::string> names;
  for (const ShownProperties& unit : shown)
    for (const std::string& slice : engine::slices_of(value_of(unit, "Slice"))) {
      const auto known = [&](const ShownProperties& one) { return value_of(one, "Id") == slice; };
      if (std::ranges::none_of(shown, known) && std::ranges::find(names, slice) == names.end())
        names.push_back(slice);
    }
  return names;
}

engine::GroupPrograms programs_of(const std::string& directory, Attach attach) {
  return {.own = programs_on_group(directory, attach, false),
          .all = programs_on_group(directory, attach, true)};
}

std::optional<std::uint64_t> group_id(const std::string& directory) {
  struct stat st {};
  if (stat(directory.c_str(), &st) != 0) return std::nullopt;
  return std::uint64_t{st.st_ino};
}

// What the kernel has for sshd's sockets, where sshd's units are unless somebody has moved them.
enum class Programs { none, some, unknown };

// ... and into `names` which of them have opened sockets: asking systemd for one that it does not
// hold has it load that one, and tell everybody.
Programs programs_without_systemd(const std::vector<Listener>& listeners,
                                  std::vector<std::string>& names) {
  Programs found = Programs::unknown;
  bool denied = false;
  for (const char* name : parse::ssh_unit_names) {
    const std::string directory = std::string{hierarchy} + "/system.slice/" + name;
    const auto id = group_id(directory);
    if (!id || std::ranges::find(listeners, *id, &Listener::group_id) == listeners.end()) continue;
    names.emplace_back(name);
    for (const Attach attach : {Attach::cgroup_ingress, Attach::cgroup_egress}) {
      const auto programs = programs_on_group(directory, attach, true);
      denied = denied || !programs;
      if (programs.value_or(0) != 0) found = Programs::some;
    }
    if (found == Programs::unknown) found = Programs::none;
  }
  return denied ? Programs::unknown : found;
}

// A unit that has opened sockets which others can reach.
engine::SocketUnit socket_unit(const ShownProperties& shown,
                               const std::vector<Listener>& listeners) {
  engine::SocketUnit unit;
  unit.id = value_of(shown, "Id");
  const std::string group = value_of(shown, "ControlGroup");
  const std::string directory = hierarchy + group;
  const auto id = group_id(directory);
  if (group.size() < 2 || !id) return unit;
  for (const Listener& one : listeners)
    if (one.group_id == *id && !one.loopback() &&
        std::ranges::find(unit.ports, one.port) == unit.ports.end())
      unit.ports.push_back(one.port);
  if (unit.ports.empty()) return unit;
  unit.ingress = programs_of(directory, Attach::cgroup_ingress);
  unit.egress = programs_of(directory, Attach::cgroup_egress);
  return unit;
}

} // namespace

Fact<std::vector<firewall::SocketFilter>> socket_filters() {
  const auto listeners = read_listeners({});
  if (!listeners) return std::vector<firewall::SocketFilter>{};
  std::vector<std::string> names;
  const Programs programs = programs_without_systemd(*listeners, names);
  if (programs == Programs::none) return std::vector<firewall::SocketFilter>{};
  if (names.empty())
    names.assign(std::begin(parse::ssh_unit_names), std::end(parse::ssh_unit_names));
  names.insert(names.end(), {"system.slice", "-.slice"});
  std::vector<ShownProperties> shown = show(names);
  if (shown.empty()) {
    if (programs == Programs::some)
      return Unknown{"systemd does not say what it keeps from sshd's socket"};
    return std::vector<firewall::SocketFilter>{};
  }
  auto more = show(other_slices(shown));
  shown.insert(shown.end(), more.begin(), more.end());
  std::vector<engine::SocketUnit> units;
  for (const ShownProperties& one : shown) {
    engine::SocketUnit unit = socket_unit(one, *listeners);
    const auto same = [&unit](const engine::SocketUnit& other) { return other.id == unit.id; };
    if (!unit.ports.empty() && std::ranges::none_of(units, same)) units.push_back(std::move(unit));
  }
  return engine::socket_filters(shown, units);
}

} // namespace sshguardd::host
