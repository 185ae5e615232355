// firewall.platform: the machine's own rules keep the cloud's agents from what answers them.
#include "checks/flow_text.hpp"
#include "sshguardd/check.hpp"

#include <optional>
#include <utility>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "firewall.platform",
    .title = "the guest's firewall cuts it off from its cloud's own addresses",
    .sees = "none",
    .when = "now, reboot",
    .remedy = "-",
    .explain =
        "On Azure, AWS and Google Cloud the cloud's agent, cloud-init and the programs that fetch "
        "SSH keys ask addresses that only the machine itself reaches: 168.63.129.16 (Azure's wire "
        "server, TCP 80 and 32526) and 169.254.169.254 (metadata, TCP 80; fd00:ec2::254 where AWS "
        "has IPv6 alone). The rules in force and the saved ones are walked through for such a "
        "connection, as root opens it, and its answers. Nobody is locked out by that today, but no "
        "new key, reset password, extension or repair from outside arrives; with OS Login or EC2 "
        "Instance Connect logins fail. Rules that let root alone there are fine, but for EC2 "
        "Instance Connect, which asks as a user of its own. What cannot be told, and what is sent "
        "to a proxy, is not told; nor is DHCP.",
    .fix = "let root connect to the address that is told, ahead of the rule; [accept] where it is "
           "meant so",
    .mended = "the firewall lets the cloud's agents ask again",
}};

std::string_view cloud_name(Cloud cloud) {
  switch (cloud) {
  case Cloud::azure:
    return "Azure";
  case Cloud::aws:
    return "AWS";
  case Cloud::gcp:
    return "Google Cloud";
  case Cloud::none:
    break;
  }
  return "the cloud";
}

// What is told of one address: its name, and who needs it.
struct Service {
  std::string_view name;
  std::string_view needed_by;
};
Service service(Cloud cloud, const Flow& flow) {
  if (cloud == Cloud::azure && flow.source == "168.63.129.16") {
    if (flow.port == 80) return {"Azure's wire server", "the Azure agent, cloud-init"};
    return {"Azure's extension server", "the Azure agent (extensions, password reset)"};
  }
  if (cloud == Cloud::azure) return {"Azure's metadata", "cloud-init, managed identities"};
  if (cloud == Cloud::aws) return {"AWS' metadata", "cloud-init, SSM agent, EC2 Instance Connect"};
  return {"Google Cloud's metadata", "guest agent (SSH keys), OS Login, cloud-init"};
}

// Programs that ask metadata for somebody's keys at each login.
bool asks_for_keys(const Snapshot& snapshot) {
  if (!snapshot.effective) return false;
  const std::string& command = snapshot.effective->login.keys_command;
  const std::string_view program = std::string_view{command}.substr(0, command.find(' '));
  return program.ends_with("/google_authorized_keys") ||
         program.ends_with("/google_authorized_keys_sk") ||
         program.ends_with("/eic_run_authorized_keys");
}

// A proxy that takes its place may answer as well.
bool cut_off(const Flow& flow) {
  return flow.answer == firewall::Answer::Kind::dropped ||
         flow.answer == firewall::Answer::Kind::rejected;
}

std::optional<Finding> finding_of(const Snapshot& snapshot, const std::vector<Flow>& flows,
                                  When when) {
  const Firewall& firewall = *snapshot.firewall;
  const auto first = std::ranges::find_if(flows, cut_off);
  if (first == flows.end()) return std::nullopt;
  const Service what = service(firewall.cloud, *first);
  const bool boot = when == When::reboot;
  Finding finding{.id = ids[0].id,
                  .subject = std::string{cloud_name(firewall.cloud)},
                  .severity = Severity::warning,
                  .when = when};
  const std::string by = first->owner.empty() && boot ? firewall.saved_by : who(*first);
  finding.summary = by + (boot ? " will cut off " : " cuts off ") + first->source + ":" +
                    std::to_string(first->port) + " (" + std::string{what.name} + ")";
  if (firewall.cloud != Cloud::azure && asks_for_keys(snapshot))
    finding.summary += ", where sshd's AuthorizedKeysCommand gets its keys";
  finding.summary += ": " + shortened(first->rule);
  for (const Flow& flow : flows) {
    if (!cut_off(flow)) continue;
    const Service of = service(firewall.cloud, flow);
    finding.evidence.push_back(
        {"root to " + flow.source + ":" + std::to_string(flow.port) + " by " + flow.interface,
         (rejected(flow) ? "rejected, " : "dropped, ") + flow.rule});
    finding.evidence.push_back({std::string{of.name} + " is needed by", std::string{of.needed_by}});
    if (!flow.fix.empty() && !boot) finding.fix.push_back(flow.fix);
  }
  if (!firewall.writer.empty() && !boot)
    finding.evidence.push_back({"changed last by", firewall.writer});
  if (boot) finding.fix.push_back("let root connect to " + first->source + " in the saved rules");
  return finding;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Firewall& firewall = *snapshot.firewall;
  auto finding = finding_of(snapshot, firewall.platform, When::now);
  if (!finding && firewall.saved)
    finding = finding_of(snapshot, firewall.platform_saved, When::reboot);
  if (!finding) return {};
  return {std::move(*finding)};
}

} // namespace

extern const Check firewall_platform;
const Check firewall_platform{"firewall_platform", ids, Needs::firewall, run};

} // namespace sshguardd::checks
