// network.return-path: answers to somebody who got in before do not come back to him.
#include "sshguardd/check.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "network.return-path",
    .title = "answers to those who logged in before do not come back to them",
    .sees = "timeout",
    .when = "now",
    .remedy = "-",
    .explain =
        "For the addresses from which people logged in the kernel is asked by which way answers "
        "leave (ip route get). There is no route, or one that leads nowhere (unreachable, "
        "blackhole, prohibit); they go into a VPN that took over the default route; a bridge of "
        "containers or virtual machines has a network that contains the address; or they leave by "
        "another link, and the strict reverse-path filter (rp_filter = 1) drops what comes in. "
        "Critical where this run of the agent has seen another way for that address, and the "
        "machine's own address is still there; else worth knowing. A login from there makes the "
        "way that it has by then the right one. Two links to the same network, a firewall's marks "
        "(fwmark rules) and a route against one single address, which is a ban (fail2ban's "
        "\"route\" action), are none.",
    .fix = "ip route get ADDRESS; ip rule; then take away the route, the VPN's default route or "
           "the bridge's network",
    .mended = "answers find their way again",
    .passes = true,
}};

std::vector<Finding> run(const Snapshot& snapshot) {
  const Network& network = *snapshot.network;
  const auto fault = [&network](const ReturnWay& to) {
    if (to.problem.empty() || to.ban) return false;
    // Without any default route that is network.no-address.
    return !to.problem.starts_with("there is no route") ||
           std::ranges::any_of(network.default_routes,
                               [&to](const DefaultRoute& one) { return one.ipv6 == to.ipv6; });
  };
  const ReturnWay* first = nullptr;
  std::size_t lost = 0;
  for (const ReturnWay& to : network.returns) {
    if (!fault(to)) continue;
    ++lost;
    if (first == nullptr || (to.worked_before && !first->worked_before)) first = &to;
  }
  if (first == nullptr) return {};
  std::string summary = first->problem;
  if (lost > 1) summary += " (and " + std::to_string(lost - 1) + " more)";
  Finding finding{.id = ids[0].id,
                  .subject = first->source,
                  .severity = first->worked_before ? Severity::critical : Severity::info,
                  .when = When::now,
                  .sees = Sees::timeout,
                  .summary = std::move(summary),
                  .evidence = {{"ip route", first->evidence}},
                  .fix = {"ip route get " + first->source + "; ip rule; ip route"},
                  // Routes come and go while a network is set up.
                  .settle = std::chrono::seconds{5}};
  if (!first->comes_by.empty()) finding.evidence.push_back({"comes by", first->comes_by});
  return {std::move(finding)};
}

} // namespace

extern const Check network_return_path;
const Check network_return_path{"network_return_path", ids, Needs::network, run};

} // namespace sshguardd::checks
