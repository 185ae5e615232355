// firewall.rejects, firewall.drops, firewall.partial: what the rules in force do to new connections
// to sshd, from the sources that matter.
#include "checks/flow_text.hpp"
#include "sshguardd/check.hpp"
#include "sshguardd/remedy.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace sshguardd::checks {
namespace {

constexpr std::string_view explain =
    "The rules in force of nftables, iptables-nft and iptables-legacy are read in full and walked "
    "through for the first packet to sshd's port, its answer and what follows, for each address "
    "that somebody logged in from within 90 days, for those that [firewall] sources names, and for "
    "one that stands for everybody else. Critical where a source that the rules had let in, or a "
    "named one, is kept out, or where nobody gets in from anywhere; a restriction that was there "
    "before the agent was, or that leaves known sources alone, is meant and only worth knowing. "
    "Bans of fail2ban, SSHGuard and crowdsec are auth.banned. A change of nftables' rules is an "
    "event; those of iptables-legacy are read once a minute. With [heal] open_firewall the agent "
    "has ufw or firewalld let in again who lost it, where their own default decides: never against "
    "a rule or a ban, nor where rules let in others by address or interface. `sshguardctl heal ID "
    "--dry-run` has the commands; nftables and iptables are left to a person.";

constexpr std::string_view way_in =
    "ufw allow 22/tcp; or firewall-cmd --add-service=ssh; or the command that is told. "
    "sshguardctl verify-flow --from ADDRESS --trace shows the way of a packet";

constexpr FindingInfo ids[] = {{.id = "firewall.rejects",
                                .title = "the guest's firewall rejects new connections to sshd",
                                .sees = "refused, unreachable, prohibited",
                                .when = "now",
                                .remedy = "opt-in: open-firewall",
                                .explain = explain,
                                .fix = way_in,
                                .mended = "the firewall lets it in again",
                                .passes = false},
                               {.id = "firewall.drops",
                                .title = "the guest's firewall drops new connections to sshd",
                                .sees = "timeout",
                                .when = "now",
                                .remedy = "opt-in: open-firewall",
                                .explain = explain,
                                .fix = way_in,
                                .mended = "the firewall lets it in again",
                                .passes = false},
                               {.id = "firewall.partial",
                                .title = "the guest's firewall lets in some only",
                                .sees = "by rule",
                                .when = "now",
                                .remedy = "-",
                                .explain = explain,
                                .fix = "nothing, where it is meant so",
                                .mended = "the firewall lets them in",
                                .passes = true}};
enum Row { rejects, drops, partial };

constexpr std::size_t longest_do = 88;

// It had access, or has to have it.
bool entitled(const Flow& flow) {
  return flow.accepted_before || flow.whose == Flow::Whose::configured;
}

bool family_gets_in(const std::vector<Flow>& flows, bool ipv6) {
  return std::ranges::any_of(
      flows, [ipv6](const Flow& flow) { return flow.ipv6 == ipv6 && flow.gets_in(); });
}

// To another port or address of the machine's it gets through.
bool by_another_way(const Flow& flow, const std::vector<Flow>& flows) {
  return std::ranges::any_of(flows, [&flow](const Flow& one) {
    const bool same_address = one.destination == flow.destination;
    return one.whose == flow.whose && one.source == flow.source && one.ipv6 == flow.ipv6 &&
           one.gets_in() &&
           (same_address ? one.port != flow.port : one.other_address || flow.other_address);
  });
}

// By its rule, or by what fail2ban says on its socket alone: where it bans by ufw
// (action.d/ufw.conf) its rules are like anybody's.
bool is_ban(const Flow& flow, const Snapshot& snapshot) {
  if (flow.ban) return true;
  if (flow.whose == Flow::Whose::anyone || !flow.shut_out() || !snapshot.auth) return false;
  return std::ranges::any_of(snapshot.auth->bans, [&flow](const Ban& ban) {
    return ban.by == "fail2ban" && ban.source == flow.source;
  });
}

// How bad it is that this one is kept out; nullopt where it is not, or a ban.
std::optional<Severity> severity(const Flow& flow, const Snapshot& snapshot) {
  const Firewall& firewall = *snapshot.firewall;
  if (is_ban(flow, snapshot)) return std::nullopt;
  // It may get in again, and may not.
  if (flow.still_shut_out())
    return entitled(flow) || !firewall.somebody ? Severity::warning : Severity::info;
  if (!flow.shut_out()) return std::nullopt;
  const bool known = flow.whose != Flow::Whose::anyone;
  if (!firewall.somebody)
    return known || flow.accepted_before ? Severity::critical : Severity::warning;
  if (!entitled(flow)) return Severity::info;
  if (by_another_way(flow, firewall.flows)) return Severity::warning;
  if (known) return Severity::critical;
  // Everybody else, while those who are known get in: somebody has meant it.
  if (known_gets_in(firewall.flows)) return Severity::info;
  // By the other family they still do.
  return family_gets_in(firewall.flows, !flow.ipv6) ? Severity::warning : Severity::critical;
}

// Everybody, or those of one family where nothing is known of the other, or it gets in.
std::string everybody(const Flow& flow, const Firewall& firewall) {
  const char* family = flow.ipv6 ? " by IPv6" : " by IPv4";
  if (!firewall.somebody) {
    const bool other = std::ranges::any_of(firewall.flows, [&flow](const Flow& one) {
      return one.ipv6 != flow.ipv6 && one.shut_out();
    });
    return std::string{"everybody"} + (other ? "" : family);
  }
  const bool named = flow.ipv6 || flow.whose != Flow::Whose::anyone; // whence() says it
  return whence(flow) + (!named && family_gets_in(firewall.flows, true) ? family : "");
}

std::string summary(const Flow& flow, const Firewall& firewall) {
  if (flow.neighbours)
    return who(flow) + " keeps IPv6 neighbours apart, so that nothing comes in by IPv6: " +
           shortened(flow.rule);
  std::string text = who(flow) + (rejected(flow) ? " rejects " : " drops ");
  if (flow.still_shut_out()) text = who(flow) + " may still keep out ";
  if (flow.answer == firewall::Answer::Kind::forwarded) text = who(flow) + " sends elsewhere ";
  text += everybody(flow, firewall);
  const bool another_port = std::ranges::any_of(
      firewall.flows, [&flow](const Flow& one) { return one.port != flow.port && one.gets_in(); });
  if (flow.port != 22 || another_port) text += " at port " + std::to_string(flow.port);
  if (flow.other_address || by_another_way(flow, firewall.flows)) text += " of " + flow.destination;
  return text + ": " + shortened(flow.still_shut_out() ? flow.why : flow.rule);
}

// By whose rules they are, for those that have lost it; for everybody where everybody had it. None
// where that would not be enough, or would let in more than before: what keeps anybody else out of
// that port has to be nobody's purpose, too.
std::optional<Remedy> opening(const Flow& worst, const Snapshot& snapshot) {
  const Firewall& firewall = *snapshot.firewall;
  if (worst.opener.empty() || !firewall.unread.empty()) return std::nullopt;
  OpenFirewall open{.owner = worst.opener,
                    .zone = worst.zone,
                    .behind = false,
                    .port = worst.port,
                    .sources = {},
                    .permanent = firewall.open_permanent || worst.opener == "ufw",
                    .timeout_s = firewall.open_for_s};
  bool everybody4 = false;
  bool everybody6 = false;
  bool by_others = false; // somebody is kept out by other rules
  for (const Flow& flow : firewall.flows) {
    if (flow.port != worst.port || !flow.shut_out()) continue;
    const bool same = flow.opener == worst.opener && flow.zone == worst.zone;
    by_others = by_others || (!same && !is_ban(flow, snapshot));
    if (severity(flow, snapshot) != Severity::critical) continue;
    if (!same) return std::nullopt;
    open.behind = open.behind || flow.behind;
    if (flow.whose == Flow::Whose::anyone)
      (flow.ipv6 ? everybody6 : everybody4) = true;
    else if (std::ranges::find(open.sources, flow.source) == open.sources.end())
      open.sources.push_back(flow.source);
  }
  if ((everybody4 || everybody6) && by_others) return std::nullopt;
  // The other family stays as it is.
  std::erase_if(open.sources, [&](const std::string& source) {
    return source.find(':') == std::string::npos ? everybody4 : everybody6;
  });
  if (everybody4 != everybody6)
    open.sources.insert(open.sources.begin(), everybody4 ? "0.0.0.0/0" : "::/0");
  return open;
}

Finding finding_of(Row row, Severity severity, const Flow& flow, const Snapshot& snapshot) {
  const Firewall& firewall = *snapshot.firewall;
  Finding finding{.id = ids[row].id,
                  .subject = "port " + std::to_string(flow.port),
                  .severity = severity,
                  .when = When::now,
                  .sees = flow.sees,
                  .client = {},
                  .port = flow.port,
                  .summary = summary(flow, firewall)};
  if (!flow.client.empty() && flow.sees == Sees::unreachable)
    finding.client = "ssh: connect to host HOST port PORT: " + flow.client;
  if (!flow.fix.empty()) finding.fix.push_back(flow.fix);
  finding.fix.push_back(verify_flow(flow));
  if (severity == Severity::critical) finding.remedy = opening(flow, snapshot);
  if (flow.passing) finding.settle = std::chrono::seconds{5};
  // The console tells the first, and half a command is none.
  if (flow.fix.size() > longest_do) std::swap(finding.fix.front(), finding.fix.back());
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Firewall& firewall = *snapshot.firewall;
  // Of each row the worst, and of those the first: known sources come before everybody else.
  struct Worst {
    const Flow* flow = nullptr;
    Severity severity = Severity::info;
  };
  Worst worst[2];
  Worst meant;
  for (const Flow& flow : firewall.flows) {
    const auto bad = severity(flow, snapshot);
    if (!bad) continue;
    Worst& of = *bad == Severity::info ? meant : worst[rejected(flow) ? rejects : drops];
    if (of.flow == nullptr || *bad > of.severity) of = {.flow = &flow, .severity = *bad};
  }
  std::vector<Finding> findings;
  for (const Row row : {rejects, drops}) {
    if (worst[row].flow == nullptr) continue;
    findings.push_back(finding_of(row, worst[row].severity, *worst[row].flow, snapshot));
  }
  if (findings.empty() && meant.flow != nullptr)
    findings.push_back(finding_of(partial, Severity::info, *meant.flow, snapshot));
  for (Finding& finding : findings) {
    for (const Flow& flow : firewall.flows)
      if (!is_ban(flow, snapshot)) finding.evidence.push_back(told(flow));
    if (!firewall.writer.empty()) finding.evidence.push_back({"changed last by", firewall.writer});
  }
  return findings;
}

} // namespace

extern const Check firewall_flows;
const Check firewall_flows{"firewall_flows", ids, Needs::firewall, run};

} // namespace sshguardd::checks
