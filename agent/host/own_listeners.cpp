#include "host/own_listeners.hpp"

#include "host/sockets.hpp"
#include "parse/listen.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace sshguardd::host {
namespace {

// Where systemd has a unit's processes: what it says, else where it puts a unit of that name. Of
// one that is not running it says nothing, while a process that it has forgotten may live on there.
std::string control_group_of(const Unit& unit) {
  if (!unit.control_group.empty() || unit.id.empty()) return unit.control_group;
  return "/system.slice/" + unit.id;
}

} // namespace

std::vector<ListenAddress> socket_addresses(const Unit& socket) {
  std::vector<ListenAddress> list = parse::stream_addresses(socket);
  const auto has = [&list](std::uint16_t port) {
    return std::ranges::any_of(list, [port](const ListenAddress& one) {
      return one.address == "0.0.0.0" && one.port == port;
    });
  };
  for (std::size_t i = 0, count = list.size(); i < count; ++i) {
    const std::uint16_t port = list[i].port;
    if (list[i].address == "::" && !has(port)) list.push_back({"0.0.0.0", port, false});
  }
  return list;
}

// A socket unit's sockets are opened by PID 1, in its own control group: they are known by their
// ports.
Fact<std::vector<Listener>> own_listeners(const SshUnits& units) {
  auto listeners = read_listeners({control_group_of(units.service), units.socket.control_group});
  if (!listeners || !units.socket.active()) return listeners;
  std::vector<Listener> marked = *listeners;
  const auto its = socket_addresses(units.socket);
  for (Listener& listener : marked)
    listener.ours =
        listener.ours || std::ranges::find(its, listener.port, &ListenAddress::port) != its.end();
  return marked;
}

} // namespace sshguardd::host
