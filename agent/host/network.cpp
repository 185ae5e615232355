#include "host/network.hpp"

#include "engine/network_links.hpp"
#include "host/files.hpp"
#include "host/rtnetlink.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <linux/if.h>
#include <linux/rtnetlink.h>

namespace sshguardd::host {
namespace {

std::string name_of(const NetworkState& state, int index) {
  const parse::LinkMessage* link = engine::link_of(state.links, index);
  return link == nullptr ? std::string{} : link->name;
}

// ip-sysctl: the larger one of "all" and of the interface's own counts.
int rp_filter(const std::string& interface) {
  int most = -1;
  for (const std::string& name : {std::string{"all"}, interface}) {
    // A name may have a dot, never a slash.
    const auto text = read_proc("/proc/sys/net/ipv4/conf/" + name + "/rp_filter", 16);
    int value = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{})
      return -1;
    most = std::max(most, value);
  }
  return most;
}

std::vector<DefaultRoute> default_routes(const NetworkState& state) {
  std::vector<DefaultRoute> list;
  for (const parse::RouteMessage& route : state.defaults) {
    if (route.type != RTN_UNICAST) continue;
    const DefaultRoute one{.ipv6 = route.ipv6,
                           .interface = name_of(state, route.out),
                           .gateway = address_text(route.gateway)};
    if (std::ranges::find(list, one) == list.end()) list.push_back(one);
  }
  return list;
}

} // namespace

Fact<NetworkState> read_network_state() {
  RouteSocket socket;
  auto links = socket.links();
  if (!links) return Unknown{links.why()};
  auto addresses = socket.addresses();
  if (!addresses) return Unknown{addresses.why()};
  auto defaults = socket.defaults();
  if (!defaults) return Unknown{defaults.why()};
  NetworkState state;
  state.outward = engine::outward_links(*links);
  state.links = *std::move(links);
  state.addresses = *std::move(addresses);
  state.defaults = defaults->routes;
  state.marks = defaults->marks;
  return state;
}

std::vector<std::string> news_of(const NetworkState& state) {
  std::set<int> up;
  std::set<std::string> news;
  for (const parse::LinkMessage& link : state.links) {
    if ((link.flags & IFF_UP) == 0) continue;
    up.insert(link.index);
    if (std::ranges::binary_search(state.outward, link.index))
      news.insert("link " + link.name + ((link.flags & IFF_LOWER_UP) != 0 ? "" : " no carrier") +
                  (link.xdp ? " with XDP" : ""));
  }
  // Each new interface brings a link-local address of its own.
  for (const parse::AddressMessage& one : state.addresses) {
    if (!up.contains(one.index)) continue;
    const std::string text = address_text(one.bytes);
    news.insert(text.starts_with("fe80:") ? "fe80::" : text);
  }
  for (const parse::RouteMessage& route : state.defaults)
    news.insert("default by " + name_of(state, route.out) + " via " + address_text(route.gateway) +
                " type " + std::to_string(route.type) + " table " + std::to_string(route.table));
  return {news.begin(), news.end()};
}

Fact<Network> NetworkReader::read(std::vector<std::string>& sources, bool logged_in,
                                  const Fact<Instance>& instance) {
  const auto state = read_network_state();
  if (!state) return Unknown{state.why()};
  Network network;
  network.links = engine::network_links(state->links, state->addresses);
  network.default_routes = default_routes(*state);
  links_.read(instance);
  sources = links_.present(sources, logged_in, *state,
                           [](std::string_view source) { return way_to(source); });
  network.returns =
      ways_.look(sources, logged_in, *state,
                 {.way = [](std::string_view destination,
                            std::string_view own) { return way_to(destination, own); },
                  .banned = [](std::string_view address) { return RouteSocket{}.banned(address); },
                  .rp_filter = rp_filter});
  network.boot = boot_.read(*state);
  return network;
}

} // namespace sshguardd::host
