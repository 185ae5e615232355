// network.no-address: nobody can come, since no link has an address, or there is no default route.
#include "sshguardd/check.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "network.no-address",
    .title = "the machine has no address, or no default route",
    .sees = "timeout",
    .when = "now",
    .remedy = "-",
    .explain =
        "No link that leads out of the machine is up with an address that others can use: DHCP got "
        "none, the link is down, or its configuration names another link. Or there is no default "
        "route, and an address from which somebody logged in before lies behind it. Critical where "
        "nobody is known who could still come. IPv6 alone is as good as IPv4, and a machine that "
        "lives without a default route, with its people on the same network, is none. Told when it "
        "lasts: a minute while the machine boots, later 15 seconds.",
    .fix = "ip address; ip route; then: networkctl, netplan apply, ifup LINK, or nmcli device up "
           "LINK",
    .mended = "the network is back",
    .passes = true,
}};

// DHCP takes its time.
std::chrono::seconds patience(const Snapshot& snapshot) {
  return std::chrono::seconds{snapshot.taken.boot < BootTime{std::chrono::minutes{3}} ? 60 : 15};
}

bool reached(const NetworkLink& link) {
  return link.physical && link.up && link.carrier && link.globals;
}

bool comes_back(const ReturnWay& to) {
  return to.problem.empty();
}

std::string state_of(const NetworkLink& link) {
  if (!link.up) return "is down";
  if (!link.carrier) return "has no carrier";
  return "has no address";
}

// The link that most likely is to have one.
const NetworkLink* first_link(const Network& network) {
  const NetworkLink* best = nullptr;
  const auto rank = [](const NetworkLink& one) { return (one.up ? 2 : 0) + (one.carrier ? 1 : 0); };
  for (const NetworkLink& link : network.links) {
    if (link.physical && (best == nullptr || rank(link) > rank(*best))) best = &link;
  }
  return best;
}

std::string list_of(const Network& network) {
  std::string text;
  int listed = 0;
  for (const NetworkLink& link : network.links) {
    if (!link.physical || ++listed > 4) continue;
    text += (text.empty() ? "" : ", ") + link.name + " " + state_of(link);
  }
  return text + (listed > 4 ? ", ..." : "");
}

Finding no_address(const Snapshot& snapshot, const NetworkLink* link) {
  const Network& network = *snapshot.network;
  const bool somebody = std::ranges::any_of(network.returns, comes_back);
  Finding finding{.id = ids[0].id,
                  .subject = link == nullptr ? "" : link->name,
                  .severity = somebody ? Severity::warning : Severity::critical,
                  .when = When::now,
                  .sees = Sees::timeout,
                  .summary = link == nullptr ? "there is no network interface"
                                             : link->name + " " + state_of(*link),
                  .fix = {"ip address; networkctl; journalctl -b -u systemd-networkd -u networking "
                          "-u NetworkManager"},
                  .settle = patience(snapshot)};
  if (link == nullptr) finding.fix = {"dmesg | grep -i eth; lspci -k"};
  if (link != nullptr) finding.evidence.push_back({"links", list_of(network)});
  return finding;
}

bool no_route(const ReturnWay& to) {
  return to.problem.starts_with("there is no route");
}

std::vector<Finding> no_default_route(const Snapshot& snapshot, bool ipv6) {
  const Network& network = *snapshot.network;
  if (std::ranges::any_of(network.default_routes,
                          [ipv6](const DefaultRoute& one) { return one.ipv6 == ipv6; }))
    return {};
  const auto lost = std::ranges::find_if(
      network.returns, [ipv6](const ReturnWay& to) { return to.ipv6 == ipv6 && no_route(to); });
  if (lost == network.returns.end()) return {};
  // A network of people that is not connected just now leaves others who are.
  const bool worked = std::ranges::any_of(network.returns, [ipv6](const ReturnWay& to) {
    return to.ipv6 == ipv6 && no_route(to) && to.worked_before;
  });
  const bool critical = worked || std::ranges::none_of(network.returns, comes_back);
  const std::string family = ipv6 ? "IPv6" : "IPv4";
  return {Finding{
      .id = ids[0].id,
      .subject = family,
      .severity = critical ? Severity::critical : Severity::info,
      .when = When::now,
      .sees = Sees::timeout,
      .summary = "there is no default route for " + family + ", and none to " + lost->source,
      .evidence = {{"ip route", lost->evidence}},
      .fix = {ipv6 ? "ip -6 route add default via GATEWAY" : "ip route add default via GATEWAY",
              "ip route; networkctl"},
      .settle = patience(snapshot)}};
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Network& network = *snapshot.network;
  if (std::ranges::none_of(network.links, reached)) {
    const NetworkLink* link = first_link(network);
    // Without any link the machine may live so, if nobody is known who came.
    if (link == nullptr &&
        (network.returns.empty() || std::ranges::any_of(network.returns, comes_back)))
      return {};
    return {no_address(snapshot, link)};
  }
  for (const bool ipv6 : {false, true}) {
    auto findings = no_default_route(snapshot, ipv6);
    if (!findings.empty()) return findings;
  }
  return {};
}

} // namespace

extern const Check network_no_address;
const Check network_no_address{"network_no_address", ids, Needs::network, run};

} // namespace sshguardd::checks
