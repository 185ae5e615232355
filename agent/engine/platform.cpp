#include "engine/platform.hpp"

#include "engine/flow_answer.hpp"

#include <utility>

namespace sshguardd::engine {
namespace {

using firewall::Answer;

// "azure", "aws", "gce"; of some regions "aws-china", "azure-china" (cloud-init's
// sources/__init__.py:canonical_cloud_id()).
bool named(std::string_view cloud_id, std::string_view name) {
  if (!cloud_id.starts_with(name)) return false;
  return cloud_id.size() == name.size() || cloud_id[name.size()] == '-';
}

constexpr PlatformAddress azure[] = {{.address = "168.63.129.16", .port = 80},
                                     {.address = "168.63.129.16", .port = 32526},
                                     {.address = "169.254.169.254", .port = 80}};
constexpr PlatformAddress aws[] = {
    {.address = "169.254.169.254", .port = 80},
    {.address = "fd00:ec2::254", .port = 80, .instead = true}}; // where a subnet has IPv6 alone
constexpr PlatformAddress gcp[] = {{.address = "169.254.169.254", .port = 80}};

std::string command(const Flow& flow, const Answer& answer, std::string_view owner) {
  if (!answer.by || owner == "firewalld") return {};
  const bool answering = answer.packet == Answer::Packet::syn_ack;
  if (owner == "ufw" && !answering && !flow.neighbours)
    return "ufw prepend allow out to " + flow.source + " port " + std::to_string(flow.port) +
           " proto tcp";
  return rule_ahead(*answer.by, flow,
                    {.to = !answering, .server = answering, .other_side = flow.source});
}

} // namespace

// As ds-identify and the Azure agent tell them: every machine of Azure's has that asset tag.
Cloud cloud_of(const CloudSigns& signs) {
  if (signs.asset_tag == "7783-7084-3265-9085-8269-3286-77") return Cloud::azure;
  if (signs.vendor == "Amazon EC2" || signs.bios_version.ends_with(".amazon")) return Cloud::aws;
  if (signs.product == "Google Compute Engine") return Cloud::gcp;
  if (named(signs.cloud_id, "azure")) return Cloud::azure;
  if (named(signs.cloud_id, "aws")) return Cloud::aws;
  return named(signs.cloud_id, "gce") ? Cloud::gcp : Cloud::none;
}

std::span<const PlatformAddress> platform_addresses(Cloud cloud) {
  switch (cloud) {
  case Cloud::azure:
    return azure;
  case Cloud::aws:
    return aws;
  case Cloud::gcp:
    return gcp;
  case Cloud::none:
    break;
  }
  return {};
}

void take_platform_answer(Flow& flow, const Answer& answer, const firewall::Ruleset& rules) {
  const RuleOwner owner = take_decision(flow, answer, rules);
  if (flow.shut_out()) flow.fix = command(flow, answer, owner.name);
}

} // namespace sshguardd::engine
