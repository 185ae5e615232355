#include "host/routes.hpp"

#include "host/rtnetlink.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <system_error>

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace sshguardd::host {
namespace {

constexpr std::string_view mapped{"\0\0\0\0\0\0\0\0\0\0\xff\xff", 12}; // ::ffff:0.0.0.0/96

bool link_local(std::string_view bytes) {
  return bytes.size() == 16 && bytes[0] == '\xfe' && (bytes[1] & '\xc0') == '\x80';
}

// What the kernel answers where there is a route that leads nowhere.
std::string problem_of(int error) {
  switch (error) {
  case ENETUNREACH:
    return "no route";
  case EHOSTUNREACH:
    return "unreachable";
  case EACCES:
    return "prohibit";
  case EINVAL:
    return "blackhole";
  default:
    return {};
  }
}

std::string problem_of_type(std::uint8_t type) {
  switch (type) {
  case RTN_UNREACHABLE:
    return "unreachable";
  case RTN_PROHIBIT:
    return "prohibit";
  case RTN_BLACKHOLE:
    return "blackhole";
  default:
    return {};
  }
}

// A link-local address is one on each link: there is no answer without it, but where there is one.
int only_link(const RouteSocket& socket, const std::vector<parse::AddressMessage>& addresses,
              std::string_view own) {
  int link = 0;
  for (const parse::AddressMessage& one : addresses) {
    if (!link_local(one.bytes) || (!own.empty() && one.bytes != own) || one.index == link) continue;
    if (link != 0) return 0;
    link = one.index;
  }
  return socket.name_of(link).empty() ? 0 : link;
}

} // namespace

Fact<std::vector<OwnAddress>> own_addresses() {
  RouteSocket socket;
  const auto addresses = socket.addresses();
  if (!addresses) return Unknown{addresses.why()};
  std::map<int, std::string> names;
  std::vector<OwnAddress> list;
  list.reserve(addresses->size());
  for (const parse::AddressMessage& one : *addresses) {
    const auto [name, asked] = names.try_emplace(one.index);
    if (asked) name->second = socket.name_of(one.index);
    if (name->second.empty()) continue; // it is gone by now
    list.push_back({.bytes = one.bytes,
                    .interface = name->second,
                    .global = one.scope < RT_SCOPE_LINK,
                    .usable = (one.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0 ||
                              (one.flags & IFA_F_OPTIMISTIC) != 0});
  }
  return list;
}

Fact<Way> way_to(std::string_view destination, std::string_view own, std::string_view interface) {
  if (destination.size() != 4 && destination.size() != 16) return Unknown{"no address"};
  if (!own.empty() && own.size() != destination.size()) return Unknown{"addresses of two families"};
  RouteSocket socket;
  int link = 0;
  if (!interface.empty()) {
    link = socket.index_of(interface);
    if (link == 0) return Unknown{"no interface " + std::string{interface}};
  }
  // The kernel says of an address that is not its own what it says of a blackhole.
  if (!own.empty() || (link == 0 && link_local(destination))) {
    const auto addresses = socket.addresses();
    if (!addresses) return Unknown{addresses.why()};
    if (!own.empty() &&
        std::ranges::find(*addresses, own, &parse::AddressMessage::bytes) == addresses->end())
      return Unknown{address_text(own) + " is not an address of this machine"};
    if (link == 0 && link_local(destination)) {
      link = only_link(socket, *addresses, link_local(own) ? own : std::string_view{});
      if (link == 0) return Unknown{"on which link " + address_text(destination) + " is"};
    }
  }
  const auto answer = socket.route(destination, own, link);
  if (!answer) return Unknown{answer.why()};

  Way way;
  if (answer->error != 0) {
    way.problem = problem_of(answer->error);
    if (way.problem.empty())
      return Unknown{"rtnetlink: " + std::generic_category().message(answer->error)};
    return way;
  }
  const parse::RouteMessage& route = answer->route;
  way.problem = problem_of_type(route.type);
  if (!way.problem.empty()) return way;
  way.interface = socket.name_of(route.out);
  way.own = route.own;
  way.gateway = route.gateway;
  way.local = route.type == RTN_LOCAL;
  if (way.interface.empty()) return Unknown{"rtnetlink: a route by no interface"};
  return way;
}

std::string address_bytes(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN) return {};
  const std::string copy{text};
  if (copy.find('\0') != std::string::npos) return {};
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) != 1) return {};
  const std::string_view all{bytes.data(), bytes.size()};
  return std::string{all.starts_with(mapped) ? all.substr(mapped.size()) : all};
}

std::string address_text(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if ((bytes.size() != 4 && bytes.size() != 16) ||
      inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

} // namespace sshguardd::host
