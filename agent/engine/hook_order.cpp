#include "engine/hook_order.hpp"

#include <algorithm>
#include <tuple>

namespace sshguardd::firewall {
namespace {

// All chains of type nat are called at one priority; their own one orders them among each other
// (nf_nat_register_fn; measured).
constexpr int destination_nat = -100;
constexpr int source_nat = 100;

bool bridged(const Table& table) {
  return table.family == Family::bridge;
}
bool nat(const Chain& chain) {
  return chain.base->type == "nat";
}

bool sees(const Table& table, const Connection& connection, const Packet& packet) {
  switch (table.family) {
  case Family::inet:
    return true;
  case Family::ip:
    return !connection.ipv6;
  case Family::ip6:
    return connection.ipv6;
  case Family::netdev:
    return connection.interface != "lo";
  case Family::bridge:
    return !packet.out && connection.interface != "lo";
  case Family::arp:
    break;
  }
  return false;
}

bool on_the_way(const Chain& chain, const Packet& packet) {
  const bool first = packet.sort == Answer::Packet::syn && !packet.again;
  // What comes after it may be the first one that conntrack sees (packet_journey.cpp).
  const bool goes_on = packet.sort == Answer::Packet::ack ||
                       (packet.sort == Answer::Packet::syn_ack && packet.again);
  if (nat(chain) && !first && !goes_on) return false;
  switch (chain.base->hook) {
  case Hook::ingress:
  case Hook::prerouting:
  case Hook::input:
    return !packet.out;
  case Hook::output:
  case Hook::postrouting:
  case Hook::egress:
    return packet.out;
  case Hook::forward:
    break;
  }
  return false;
}

// Which of the hooks is first; a bridge's are before those of IP, and its ports' before them.
int rank(const Station& station) {
  const Hook hook = station.chain->base->hook;
  if (hook == Hook::ingress) return 0;
  return (bridged(*station.table) ? 10 : 20) + static_cast<int>(hook);
}

std::tuple<int, int, int> key(const Station& station) {
  const Chain::Base& base = *station.chain->base;
  int at = base.priority;
  if (nat(*station.chain))
    at = base.hook == Hook::prerouting || base.hook == Hook::output ? destination_nat : source_nat;
  return {rank(station), at, nat(*station.chain) ? base.priority : 0};
}

// netdev chains see what later comes by a VLAN, bond or bridge above their device too.
void doubt_devices(Station& station, const Connection& connection) {
  const auto& devices = station.chain->base->devices;
  const auto& own = connection.interface;
  if (!devices.empty() && !own.empty() &&
      std::find(devices.begin(), devices.end(), own) != devices.end())
    return;
  station.unsure = {.of = Doubt::Of::devices, .name = station.chain->name, .field = {}};
  if (!devices.empty() && !own.empty()) station.usually_skipped = true;
}

Station station_of(const Table& table, const Chain& chain, const Connection& connection) {
  Station station{.table = &table, .chain = &chain, .unsure = {}, .usually_skipped = {}};
  const Hook hook = chain.base->hook;
  if ((hook == Hook::ingress || hook == Hook::egress) && connection.interface != "lo")
    doubt_devices(station, connection);
  // The answer may leave by another one.
  if (hook == Hook::egress && connection.way_back_by_interface != true) {
    station.unsure = {.of = Doubt::Of::devices, .name = chain.name, .field = {}};
    station.usually_skipped.reset();
  }
  if (bridged(table)) {
    station.unsure = {.of = Doubt::Of::bridge, .name = {}, .field = {}};
    station.usually_skipped = !connection.bridge;
  }
  if (table.dormant_unsure)
    station.unsure = {.of = Doubt::Of::dormant, .name = table.name, .field = {}};
  return station;
}

} // namespace

Order hook_order(const Ruleset& rules, const Connection& connection, const Packet& packet,
                 bool other_way) {
  Order order;
  auto& stations = order.stations;
  for (const Table& table : rules.tables) {
    if (table.dormant || !sees(table, connection, packet)) continue;
    std::vector<Station> own;
    for (const Chain& chain : table.chains)
      if (chain.base && on_the_way(chain, packet))
        own.push_back(station_of(table, chain, connection));
    std::reverse(own.begin(), own.end());
    stations.insert(other_way ? stations.end() : stations.begin(), own.begin(), own.end());
  }
  std::stable_sort(stations.begin(), stations.end(),
                   [](const Station& a, const Station& b) { return key(a) < key(b); });
  for (std::size_t i = 1; i < stations.size(); ++i)
    order.ties = order.ties || (stations[i - 1].table != stations[i].table &&
                                key(stations[i - 1]) == key(stations[i]));
  return order;
}

} // namespace sshguardd::firewall
