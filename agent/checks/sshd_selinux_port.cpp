// sshd.selinux-port: SELinux does not let sshd bind a port that its configuration names.
#include "sshguardd/check.hpp"

#include <algorithm>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "sshd.selinux-port",
    .title = "SELinux does not allow sshd its port",
    .sees = "refused",
    .when = "now, restart",
    .remedy = "-",
    .explain =
        "Where SELinux enforces, sshd may bind only ports of the type ssh_port_t, which is 22 by "
        "default (\"Bind to port N failed: Permission denied\"). Which ports have it is asked of "
        "semanage once for each configuration.",
    .fix = "semanage port -a -t ssh_port_t -p tcp PORT",
    .mended = "port labelled",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  const SshUnits& units = *snapshot.units;
  if (!snapshot.selinux || snapshot.selinux->ranges.empty() || !snapshot.effective) return {};
  if (units.owner == PortOwner::socket || units.socket.active() || units.service.moving())
    return {}; // systemd binds it, which may
  std::vector<std::uint16_t> refused;
  bool others = false;
  for (const ListenAddress& listen : snapshot.effective->listen) {
    const bool labelled = std::ranges::any_of(
        snapshot.selinux->ranges, [&listen](const std::pair<std::uint16_t, std::uint16_t>& range) {
          return range.first <= listen.port && listen.port <= range.second;
        });
    // What it has bound it was allowed.
    const bool bound = snapshot.listeners &&
                       std::ranges::any_of(*snapshot.listeners, [&listen](const Listener& one) {
                         return one.ours && one.port == listen.port;
                       });
    if (labelled || bound)
      others = true;
    else if (std::ranges::find(refused, listen.port) == refused.end())
      refused.push_back(listen.port);
  }
  if (refused.empty()) return {};
  const std::string port = std::to_string(refused.front());
  const bool failed = units.service.active_state == "failed" && !units.up();
  return {{.id = ids[0].id,
           .subject = "port " + port,
           .severity = failed && !others ? Severity::critical : Severity::warning,
           .when = failed && !others ? When::now : When::restart,
           .sees = others ? Sees::none : Sees::refused,
           .summary = "SELinux does not let sshd bind port " + port,
           .evidence = {{"semanage port", "port " + port + " is not of type ssh_port_t"}},
           .fix = {"semanage port -a -t ssh_port_t -p tcp " + port}}};
}

} // namespace

extern const Check sshd_selinux_port;
const Check sshd_selinux_port{"sshd_selinux_port", ids, Needs::units, run};

} // namespace sshguardd::checks
