// The base chains that a packet of the connection comes to, in the order of the kernel. Pure.
#pragma once

#include "engine/firewall_match.hpp"
#include "engine/firewall_packet.hpp"
#include "sshguardd/firewall.hpp"

#include <optional>
#include <vector>

namespace sshguardd::firewall {

struct Station {
  const Table* table = nullptr;
  const Chain* chain = nullptr;
  std::optional<Doubt> unsure;         // whether it is asked at all
  std::optional<bool> usually_skipped; // then
};

struct Order {
  std::vector<Station> stations;
  bool ties = false; // chains of one priority in different tables
};

// Of chains of one priority the last one registered comes first (nf_hook_entries_grow inserts
// before its equals; measured, also of iptables-legacy beside nftables). Tables are listed in the
// order of their making, but their chains may be younger: `other_way` is the other order.
[[nodiscard]] Order hook_order(const Ruleset& rules, const Connection& connection,
                               const Packet& packet, bool other_way);

} // namespace sshguardd::firewall
