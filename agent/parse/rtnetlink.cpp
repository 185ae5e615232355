#include "parse/rtnetlink.hpp"

#include <cstddef>

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sshguardd::parse {
namespace {

constexpr std::uint16_t parent_device = 56; // IFLA_PARENT_DEV_NAME, newer than some headers
constexpr std::uint16_t properties = 52;    // IFLA_PROP_LIST, likewise
constexpr std::uint16_t other_name = 53;    // IFLA_ALT_IFNAME
constexpr std::uint16_t permanent = 54;     // IFLA_PERM_ADDRESS, likewise

std::string text(std::string_view bytes) {
  return std::string{bytes.substr(0, bytes.find('\0'))};
}

bool address_length(std::string_view bytes, unsigned char family) {
  return (family == AF_INET && bytes.size() == 4) || (family == AF_INET6 && bytes.size() == 16);
}

// RTA_VIA: IPv4 behind an IPv6 gateway.
std::string via(std::string_view bytes) {
  const auto family = front<std::uint16_t>(bytes);
  if (!family || *family > 255) return {};
  bytes.remove_prefix(sizeof *family);
  return address_length(bytes, static_cast<unsigned char>(*family)) ? std::string{bytes}
                                                                    : std::string{};
}

// The first of several next hops.
void first_hop(std::string_view bytes, RouteMessage& route) {
  const auto hop = front<rtnexthop>(bytes);
  if (!hop || hop->rtnh_len < sizeof(rtnexthop) || hop->rtnh_len > bytes.size()) return;
  route.out = hop->rtnh_ifindex;
  route.several = std::size_t{hop->rtnh_len} < bytes.size();
  each_attribute(behind(bytes.substr(0, hop->rtnh_len), sizeof(rtnexthop)),
                 [&route](std::uint16_t type, std::string_view value) {
                   if (type == RTA_GATEWAY && (value.size() == 4 || value.size() == 16))
                     route.gateway = value;
                   if (type == RTA_VIA) route.gateway = via(value);
                 });
}

} // namespace

std::optional<LinkMessage> link_message(std::string_view body) {
  const auto header = front<ifinfomsg>(body);
  if (!header) return std::nullopt;
  LinkMessage link;
  link.index = header->ifi_index;
  link.hardware = header->ifi_type;
  link.flags = header->ifi_flags;
  each_attribute(behind(body, sizeof *header), [&link](std::uint16_t type, std::string_view value) {
    switch (type) {
    case IFLA_IFNAME:
      link.name = text(value.substr(0, 64));
      break;
    case IFLA_ADDRESS:
      link.hardware_address = value.substr(0, 32);
      break;
    case permanent:
      link.permanent_address = value.substr(0, 32);
      break;
    case IFLA_MASTER:
      link.master = value_of<int>(value);
      break;
    case IFLA_LINK:
      link.below = value_of<int>(value);
      break;
    case IFLA_LINK_NETNSID:
      link.below_elsewhere = true;
      break;
    case properties:
      each_attribute(value, [&link](std::uint16_t kind, std::string_view name) {
        if (kind == other_name && link.other_names.size() < 16)
          link.other_names.push_back(text(name.substr(0, 128)));
      });
      break;
    case parent_device:
      link.device = true;
      break;
    case IFLA_XDP:
      // Programs of several modes at once are told apart in attributes of their own.
      link.xdp =
          value_of<std::uint8_t>(attribute_of(value, IFLA_XDP_ATTACHED)) != XDP_ATTACHED_NONE;
      break;
    case IFLA_LINKINFO:
      each_attribute(value, [&link](std::uint16_t kind, std::string_view name) {
        if (kind == IFLA_INFO_KIND) link.kind = text(name.substr(0, 64));
      });
      break;
    default:
      break;
    }
  });
  if (link.name.empty()) return std::nullopt;
  return link;
}

std::optional<AddressMessage> address_message(std::string_view body) {
  const auto header = front<ifaddrmsg>(body);
  if (!header) return std::nullopt;
  AddressMessage address;
  address.index = static_cast<int>(header->ifa_index);
  address.prefix = header->ifa_prefixlen;
  address.scope = header->ifa_scope;
  address.flags = header->ifa_flags;
  std::string local;
  each_attribute(behind(body, sizeof *header), [&](std::uint16_t type, std::string_view value) {
    // IFA_ADDRESS is the other end's where there are two (rtnetlink(7)).
    if (type == IFA_LOCAL && address_length(value, header->ifa_family)) local = value;
    if (type == IFA_ADDRESS && address_length(value, header->ifa_family)) address.bytes = value;
    if (type == IFA_FLAGS) address.flags = value_of<std::uint32_t>(value, address.flags);
  });
  if (!local.empty()) address.bytes = std::move(local);
  if (address.bytes.empty()) return std::nullopt;
  return address;
}

std::optional<RouteMessage> route_message(std::string_view body) {
  const auto header = front<rtmsg>(body);
  if (!header || (header->rtm_family != AF_INET && header->rtm_family != AF_INET6))
    return std::nullopt;
  const unsigned char family = header->rtm_family;
  RouteMessage route;
  route.ipv6 = family == AF_INET6;
  route.type = header->rtm_type;
  route.prefix = header->rtm_dst_len;
  route.table = header->rtm_table;
  each_attribute(behind(body, sizeof *header), [&](std::uint16_t type, std::string_view value) {
    switch (type) {
    case RTA_DST:
      if (address_length(value, family)) route.destination = value;
      break;
    case RTA_GATEWAY:
      if (address_length(value, family)) route.gateway = value;
      break;
    case RTA_VIA:
      route.gateway = via(value);
      break;
    case RTA_PREFSRC:
      if (address_length(value, family)) route.own = value;
      break;
    case RTA_OIF:
      route.out = value_of<int>(value);
      break;
    case RTA_PRIORITY:
      route.metric = value_of<std::uint32_t>(value);
      break;
    case RTA_TABLE:
      route.table = value_of<std::uint32_t>(value, route.table);
      break;
    case RTA_MULTIPATH:
      first_hop(value, route);
      break;
    default:
      break;
    }
  });
  return route;
}

std::optional<FilterMessage> filter_message(std::string_view body) {
  const auto header = front<tcmsg>(body);
  if (!header) return std::nullopt;
  FilterMessage filter;
  filter.index = header->tcm_ifindex;
  std::optional<std::string_view> options;
  each_attribute(behind(body, sizeof *header), [&](std::uint16_t type, std::string_view value) {
    if (type == TCA_KIND) filter.kind = text(value.substr(0, 64));
    if (type == TCA_OPTIONS) options = value;
  });
  // Without them it stands for all of one kind and priority, which follow.
  if (filter.kind.empty() || !options) return std::nullopt;
  if (filter.kind == "bpf") filter.name = text(attribute_of(*options, TCA_BPF_NAME).substr(0, 256));
  return filter;
}

RuleMessage rule_message(std::string_view body) {
  const auto header = front<fib_rule_hdr>(body);
  if (!header || header->action != FR_ACT_TO_TBL) return {};
  RuleMessage rule;
  rule.table = header->table;
  std::uint32_t mark = 0;
  bool by_protocol = false;
  bool by_own_port = false;
  bool by_their_port = false;
  each_attribute(behind(body, sizeof *header), [&](std::uint16_t type, std::string_view value) {
    if (type == FRA_TABLE) rule.table = value_of<std::uint32_t>(value, rule.table);
    if (type == FRA_FWMARK) mark = value_of<std::uint32_t>(value);
    if (type == FRA_IP_PROTO) by_protocol = value_of<std::uint8_t>(value) == IPPROTO_TCP;
    by_own_port = by_own_port || type == FRA_SPORT_RANGE;
    by_their_port = by_their_port || type == FRA_DPORT_RANGE;
  });
  // "not from all fwmark ..." is for packets without one: WireGuard's.
  rule.marked = (mark != 0 && (header->flags & FIB_RULE_INVERT) == 0) || by_own_port ||
                (by_protocol && !by_their_port); // sshd's answers by a way of their own
  return rule;
}

} // namespace sshguardd::parse
