#include "host/flow_ways.hpp"

#include "host/files.hpp"

#include <charconv>
#include <cstddef>
#include <set>

namespace sshguardd::host {
namespace {

using firewall::Connection;

constexpr std::size_t most_other_interfaces = 8;

// net/core/dev: IFF_NOARP of a link's flags, as /sys has them ("0x1003").
bool finds_neighbours(const std::string& link) {
  constexpr unsigned no_arp = 0x80;
  const auto text = read_proc("/sys/class/net/" + link + "/flags");
  unsigned flags = 0;
  if (text && text->starts_with("0x"))
    (void)std::from_chars(text->data() + 2, text->data() + text->size(), flags, 16);
  return (flags & no_arp) == 0;
}

} // namespace

Fact<Connection> connection_of(const FlowEnds& ends, const std::vector<OwnAddress>& own) {
  Connection connection;
  connection.ipv6 = ends.from.size() == 16;
  connection.source = ends.from;
  connection.destination = ends.to;
  connection.port = ends.port;
  for (const OwnAddress& one : own)
    connection.local.push_back(one.bytes);
  const auto way = way_to(ends.from, ends.to);
  if (!way) return Unknown{way.why()};
  if (!way->problem.empty() || way->interface.empty())
    return Unknown{"no way back to " + address_text(ends.from) + ": " +
                   (way->problem.empty() ? "no route" : way->problem)};
  if (connection.destination.empty()) connection.destination = way->own;
  connection.interface = ends.interface.empty() ? way->interface : ends.interface;
  connection.destination_is_its_own = std::ranges::any_of(own, [&](const OwnAddress& one) {
    return one.bytes == connection.destination && one.interface == connection.interface;
  });
  connection.way_back_by_interface = connection.interface == way->interface;
  connection.bridge = exists("/sys/class/net/" + connection.interface + "/bridge");
  connection.neighbours = finds_neighbours(connection.interface);
  return connection;
}

std::vector<Connection> other_ways(const Connection& first, const std::vector<OwnAddress>& own) {
  std::vector<Connection> ways;
  std::set<std::string> interfaces{first.interface}; // of each one address stands for all
  for (const OwnAddress& one : own) {
    if (one.ipv6() != first.ipv6 || !one.global || !one.usable) continue;
    if (interfaces.size() > most_other_interfaces || !interfaces.insert(one.interface).second)
      continue;
    auto way = connection_of(
        {.from = first.source, .to = one.bytes, .interface = {}, .port = first.port}, own);
    if (way && way->interface == one.interface) ways.push_back(*way);
  }
  return ways;
}

} // namespace sshguardd::host
