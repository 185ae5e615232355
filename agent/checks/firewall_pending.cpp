// firewall.pending: who gets in now will not once the next boot has loaded the saved rules.
#include "checks/flow_text.hpp"
#include "sshguardd/check.hpp"

#include <chrono>
#include <optional>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "firewall.pending",
    .title = "the saved firewall rules keep out who gets in now",
    .sees = "by rule",
    .when = "reboot",
    .remedy = "-",
    .explain =
        "What the next boot loads (ufw, firewalld's permanent configuration, nftables.service, "
        "netfilter-persistent or iptables.service) is walked through like the rules in force, "
        "which accept the same connection. What could not be read of it is not told.",
    .fix = "save the rules in force, or mend the saved ones; sshguardctl verify-flow --boot --from "
           "ADDRESS asks again",
    .mended = "the saved rules let it in",
    .passes = false,
}};

bool same(const Flow& a, const Flow& b) {
  return a.source == b.source && a.port == b.port && a.destination == b.destination;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Firewall& firewall = *snapshot.firewall;
  if (!firewall.saved) return {};
  const std::vector<Flow>& saved = *firewall.saved;
  const Flow* first = nullptr;
  std::vector<Evidence> evidence;
  for (const Flow& flow : saved) {
    if (!flow.shut_out() || flow.ban) continue;
    const auto now = std::ranges::find_if(firewall.flows,
                                          [&flow](const Flow& live) { return same(live, flow); });
    if (now == firewall.flows.end() || !now->gets_in()) continue;
    // Everybody else, while those who are known will get in.
    if (flow.whose == Flow::Whose::anyone && known_gets_in(saved)) continue;
    if (first == nullptr) first = &flow;
    evidence.push_back(told(flow));
  }
  if (first == nullptr) return {};
  const std::string owner = first->owner.empty() ? firewall.saved_by : first->owner;
  Finding finding{.id = ids[0].id,
                  .subject = firewall.saved_by,
                  .severity = Severity::warning,
                  .when = When::reboot,
                  .sees = first->sees,
                  .client = {},
                  .port = first->port,
                  .summary = owner + " will " + (rejected(*first) ? "reject " : "drop ") +
                             whence(*first) + ": " + shortened(first->rule),
                  .evidence = std::move(evidence)};
  finding.fix = {verify_flow(*first, true)};
  finding.settle = std::chrono::seconds{2}; // ufw saves first, and loads then
  return {finding};
}

} // namespace

extern const Check firewall_pending;
const Check firewall_pending{"firewall_pending", ids, Needs::firewall, run};

} // namespace sshguardd::checks
