// The addresses at which a cloud answers its own agents in the machine, and whether the machine's
// rules let them ask. Pure.
#pragma once

#include "sshguardd/flows.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sshguardd::engine {

// What tells whose machine it is: files of /sys/class/dmi/id, and cloud-init's word for it.
struct CloudSigns {
  std::string vendor;       // sys_vendor
  std::string product;      // product_name
  std::string asset_tag;    // chassis_asset_tag
  std::string bios_version; // of Xen's machines
  std::string cloud_id;     // /run/cloud-init/cloud-id
};
// none: another one, or nobody knows.
[[nodiscard]] Cloud cloud_of(const CloudSigns& signs);

struct PlatformAddress {
  std::string_view address;
  std::uint16_t port = 80;
  bool instead = false; // asked only where there is no way to the others
};
[[nodiscard]] std::span<const PlatformAddress> platform_addresses(Cloud cloud);

// The answer by these rules to a connection that leaves the machine; `flow.source` is where it
// goes.
void take_platform_answer(Flow& flow, const firewall::Answer& answer,
                          const firewall::Ruleset& rules);

} // namespace sshguardd::engine
