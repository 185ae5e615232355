#include "engine/network_links.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

namespace sshguardd::engine {
namespace {

// What a container is given as its way out.
constexpr std::array<std::string_view, 5> containers_end{"", "veth", "macvlan", "ipvlan", "vlan"};
// What is no way out by itself, although another link carries it.
constexpr std::array<std::string_view, 8> tunnels{"vxlan", "gre",    "gretap", "ipip",
                                                  "sit",   "geneve", "vti",    "macsec"};
constexpr int deep = 8; // a VLAN on a bridge on a bond ...

bool loopback(const parse::LinkMessage& link) {
  return (link.flags & IFF_LOOPBACK) != 0;
}

bool contains(const std::vector<int>& list, int index) {
  return std::ranges::binary_search(list, index);
}

void add(std::vector<int>& list, int index) {
  const auto at = std::ranges::lower_bound(list, index);
  if (at == list.end() || *at != index) list.insert(at, index);
}

} // namespace

std::vector<int> outward_links(const std::vector<parse::LinkMessage>& links) {
  std::vector<int> outward;
  for (const parse::LinkMessage& link : links) {
    if (link.device && !loopback(link)) add(outward, link.index);
  }
  if (outward.empty()) {
    for (const parse::LinkMessage& link : links) {
      if (!loopback(link) && link.master == 0 &&
          std::ranges::find(containers_end, link.kind) != containers_end.end())
        add(outward, link.index);
    }
    return outward;
  }
  for (int i = 0; i < deep; ++i) {
    const std::size_t before = outward.size();
    for (const parse::LinkMessage& link : links) {
      if (link.master != 0 && contains(outward, link.index)) add(outward, link.master);
      if (link.below != 0 && !link.below_elsewhere && contains(outward, link.below) &&
          std::ranges::find(tunnels, link.kind) == tunnels.end())
        add(outward, link.index);
    }
    // A bridge of Open vSwitch has its ports at ovs-system alone, which has no address itself.
    const bool switched = std::ranges::any_of(links, [&outward](const parse::LinkMessage& link) {
      return link.kind == "openvswitch" && contains(outward, link.index);
    });
    for (const parse::LinkMessage& link : links)
      if (switched && link.kind == "openvswitch") add(outward, link.index);
    if (outward.size() == before) break;
  }
  return outward;
}

bool global(const parse::AddressMessage& address) {
  return address.scope < RT_SCOPE_LINK;
}

bool usable(const parse::AddressMessage& address) {
  return (address.flags & IFA_F_DADFAILED) == 0 &&
         ((address.flags & IFA_F_TENTATIVE) == 0 || (address.flags & IFA_F_OPTIMISTIC) != 0);
}

std::vector<NetworkLink> network_links(const std::vector<parse::LinkMessage>& links,
                                       const std::vector<parse::AddressMessage>& addresses) {
  const std::vector<int> outward = outward_links(links);
  std::vector<int> with_globals;
  for (const parse::AddressMessage& address : addresses) {
    if (global(address) && usable(address)) add(with_globals, address.index);
  }
  std::vector<NetworkLink> list;
  const auto take = [&](bool physical) {
    for (const parse::LinkMessage& link : links) {
      const bool globals = contains(with_globals, link.index);
      if (contains(outward, link.index) != physical || (!physical && !globals) ||
          list.size() >= most_network_links)
        continue;
      list.push_back({.name = link.name,
                      .up = (link.flags & IFF_UP) != 0,
                      .carrier = (link.flags & IFF_LOWER_UP) != 0,
                      .loopback = loopback(link),
                      .physical = physical,
                      .globals = globals,
                      .xdp = link.xdp});
    }
  };
  take(true);
  take(false);
  return list;
}

const parse::LinkMessage* link_of(const std::vector<parse::LinkMessage>& links, int index) {
  const auto found = std::ranges::find(links, index, &parse::LinkMessage::index);
  return found == links.end() ? nullptr : &*found;
}

} // namespace sshguardd::engine
