// network.next-boot: what is saved brings no network up at the next boot.
#include "sshguardd/check.hpp"

#include <chrono>
#include <string>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "network.next-boot",
    .title = "the saved network configuration brings nothing up",
    .sees = "timeout",
    .when = "reboot",
    .remedy = "-",
    .explain =
        "The machine has a network now, and nothing that is saved would bring it up again: the "
        "files of netplan, systemd-networkd, ifupdown (/etc/network/interfaces) or NetworkManager "
        "match no link that is there (another name, another MAC address), or name none, or the "
        "service that reads them is not enabled. Told only where exactly one of these manages the "
        "network, all "
        "of its files are understood, and none of them may fit. What netplan will make of its "
        "files is found out by its own generator on a copy of them; a file that it refuses is "
        "told, since it makes nothing of the others then.",
    .fix = "name the link as `ip link` shows it, or enable the service",
    .mended = "the saved network configuration fits again",
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  if (!snapshot.network->boot || snapshot.network->boot->problems.empty()) return {};
  const NetworkBoot& boot = *snapshot.network->boot;
  Finding finding{
      .id = ids[0].id,
      .subject = boot.file.empty() ? boot.manager : boot.file,
      .severity = Severity::warning,
      .when = When::reboot,
      .sees = Sees::timeout,
      .summary = boot.problems.front(),
      .evidence = {{"network manager", boot.manager}},
      .fix = {(boot.manager == "netplan" ? "netplan generate; mend " : "ip link; mend ") +
              (boot.file.empty() ? boot.manager : boot.file)},
      // Somebody is at it.
      .settle = std::chrono::seconds{10}};
  for (std::size_t i = 1; i < boot.problems.size() && i < 5; ++i)
    finding.evidence.push_back({boot.manager, boot.problems[i]});
  return {std::move(finding)};
}

} // namespace

extern const Check network_next_boot;
const Check network_next_boot{"network_next_boot", ids, Needs::network, run};

} // namespace sshguardd::checks
