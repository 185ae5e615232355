// firewall.undecided: reading the rules does not tell whether somebody gets in.
#include "checks/flow_text.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "firewall.undecided",
    .title = "reading the firewall's rules does not tell who gets in",
    .sees = "none",
    .when = "now",
    .remedy = "-",
    .explain =
        "A rule on the way asks for what no reader knows (who was counted before, a mark that "
        "others set), an XDP, tc or BPF program is on it, or rules could not be read "
        "(iptables-legacy without its program, nftables without nft), and the answer depends on "
        "it. Rates and quotas that are not used up are no question. Where programs belong there "
        "(Cilium, Calico) it stays, and only as worth knowing. A warning where an address that "
        "somebody logged in from was let in by the rules of before.",
    .fix = "sshguardctl verify-flow --from ADDRESS --trace; install the program that is missing",
    .mended = "the rules tell who gets in",
    .passes = true,
}};

bool open(const Flow& flow) {
  return flow.answer == firewall::Answer::Kind::undecided && !flow.usually;
}

// Somebody who is known was let in by rules that were read in full, as these are.
bool may_have_lost_it(const Flow& flow) {
  return open(flow) && flow.accepted_before && flow.whose != Flow::Whose::anyone &&
         !flow.gets_in() && !flow.shut_out_before;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Firewall& firewall = *snapshot.firewall;
  auto first = firewall.flows.end();
  if (firewall.unread.empty()) first = std::ranges::find_if(firewall.flows, may_have_lost_it);
  const bool lost = first != firewall.flows.end();
  if (!lost) first = std::ranges::find_if(firewall.flows, open);
  if (first == firewall.flows.end()) return {};
  Finding finding{.id = ids[0].id,
                  .subject = "port " + std::to_string(first->port),
                  .severity = lost ? Severity::warning : Severity::info,
                  .when = When::now,
                  .summary = "whether the firewall " + std::string{lost ? "still " : ""} +
                             "lets in " + whence(*first) +
                             " is not told by its rules: " + shortened(first->why)};
  for (const Flow& flow : firewall.flows)
    if (open(flow)) finding.evidence.push_back(told(flow));
  for (const std::string& what : firewall.unread)
    finding.evidence.push_back({"not read", what});
  finding.fix = {verify_flow(*first)};
  return {finding};
}

} // namespace

extern const Check firewall_undecided;
const Check firewall_undecided{"firewall_undecided", ids, Needs::firewall, run};

} // namespace sshguardd::checks
