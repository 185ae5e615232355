#include "parse/iptables_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

namespace sshguardd::parse {
namespace {

struct Protocol {
  std::string_view name;
  std::uint8_t number;
};

// /etc/protocols, and xtables_chain_protos of libxtables.
constexpr Protocol protocols[] = {
    {"tcp", 6},        {"udp", 17},         {"icmp", 1},
    {"icmpv6", 58},    {"ipv6-icmp", 58},   {"icmp6", 58},
    {"igmp", 2},       {"ggp", 3},          {"ipencap", 4},
    {"st", 5},         {"egp", 8},          {"igp", 9},
    {"pup", 12},       {"hmp", 20},         {"xns-idp", 22},
    {"rdp", 27},       {"iso-tp4", 29},     {"dccp", 33},
    {"xtp", 36},       {"ddp", 37},         {"idpr-cmtp", 38},
    {"ipv6", 41},      {"ipv6-route", 43},  {"ipv6-frag", 44},
    {"idrp", 45},      {"rsvp", 46},        {"gre", 47},
    {"esp", 50},       {"ipv6-crypt", 50},  {"ah", 51},
    {"ipv6-auth", 51}, {"skip", 57},        {"ipv6-nonxt", 59},
    {"ipv6-opts", 60}, {"rspf", 73},        {"vmtp", 81},
    {"eigrp", 88},     {"ospf", 89},        {"ospfigp", 89},
    {"ax.25", 93},     {"ipip", 94},        {"etherip", 97},
    {"encap", 98},     {"pim", 103},        {"ipcomp", 108},
    {"vrrp", 112},     {"l2tp", 115},       {"isis", 124},
    {"sctp", 132},     {"fc", 133},         {"ipv6-mh", 135},
    {"mh", 135},       {"udplite", 136},    {"mobility-header", 135},
    {"hip", 139},      {"mpls-in-ip", 137}, {"shim6", 140},
    {"manet", 138},    {"rohc", 142},       {"wesp", 141},
    {"ethernet", 143},
};

unsigned ones_in_front(const std::string& mask) {
  unsigned count = 0;
  for (const char byte : mask) {
    for (int bit = 7; bit >= 0; --bit, ++count) {
      if (((static_cast<unsigned char>(byte) >> bit) & 1) == 0) return count;
    }
  }
  return count;
}

std::string prefix_mask(unsigned bits, std::size_t size) {
  std::string mask(size, '\0');
  for (unsigned i = 0; i < bits; ++i)
    mask[i / 8] = static_cast<char>(static_cast<unsigned char>(mask[i / 8]) | (0x80U >> (i % 8)));
  return mask;
}

std::optional<std::string> mask_bytes(std::string_view text, bool ipv6) {
  const std::size_t size = ipv6 ? 16 : 4;
  if (text.find_first_of(".:") != std::string_view::npos) return address_bytes(text, ipv6);
  const auto bits = iptables_number(text);
  if (!bits || *bits > size * 8) return std::nullopt;
  return prefix_mask(*bits, size);
}

} // namespace

std::optional<std::uint32_t> iptables_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string big_endian(std::uint32_t value, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = size; i-- > 0; value >>= 8U)
    bytes[i] = static_cast<char>(value & 0xffU);
  return bytes;
}

firewall::Interval exactly(std::uint32_t value, std::size_t size) {
  const std::string bytes = big_endian(value, size);
  return {.from = bytes, .to = bytes};
}

std::optional<std::string> address_bytes(std::string_view text, bool ipv6) {
  constexpr std::size_t longest = 45; // INET6_ADDRSTRLEN
  if (text.size() > longest) return std::nullopt;
  const std::string word{text};
  std::array<char, 16> bytes{};
  if (inet_pton(ipv6 ? AF_INET6 : AF_INET, word.c_str(), bytes.data()) != 1) return std::nullopt;
  return std::string{bytes.data(), ipv6 ? 16U : 4U};
}

std::optional<Network> network(std::string_view text, bool ipv6) {
  const std::size_t slash = text.find('/');
  auto base = address_bytes(text.substr(0, slash), ipv6);
  if (!base) return std::nullopt;
  if (slash == std::string_view::npos) return Network{{*base, *base}, {}};
  const auto mask = mask_bytes(text.substr(slash + 1), ipv6);
  if (!mask) return std::nullopt;
  std::string last = *base;
  for (std::size_t i = 0; i < base->size(); ++i) {
    const auto bits = static_cast<unsigned char>((*mask)[i]);
    const auto byte = static_cast<unsigned char>((*base)[i]);
    (*base)[i] = static_cast<char>(byte & bits);
    last[i] = static_cast<char>((byte & bits) | (~bits & 0xffU));
  }
  if (prefix_mask(ones_in_front(*mask), mask->size()) == *mask)
    return Network{{std::move(*base), std::move(last)}, {}};
  return Network{{*base, *base}, *mask};
}

std::optional<firewall::Interval> address_range(std::string_view text, bool ipv6) {
  const std::size_t dash = text.find('-');
  auto from = address_bytes(text.substr(0, dash), ipv6);
  auto to = dash == std::string_view::npos ? from : address_bytes(text.substr(dash + 1), ipv6);
  if (!from || !to) return std::nullopt;
  return firewall::Interval{std::move(*from), std::move(*to)};
}

std::optional<firewall::Interval> port_range(std::string_view text, char between) {
  const std::size_t middle = text.find(between);
  const auto from = iptables_number(text.substr(0, middle));
  const auto to =
      middle == std::string_view::npos ? from : iptables_number(text.substr(middle + 1));
  if (!from || !to || *from > 0xffff || *to > 0xffff) return std::nullopt;
  return firewall::Interval{big_endian(*from, 2), big_endian(*to, 2)};
}

std::optional<std::vector<firewall::Interval>> port_list(std::string_view text) {
  std::vector<firewall::Interval> ports;
  for (const std::string_view part : listed(text)) {
    auto range = port_range(part, ':');
    if (!range) return std::nullopt;
    ports.push_back(std::move(*range));
  }
  return ports;
}

std::optional<Masked> masked_value(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto value = iptables_number(text.substr(0, slash));
  const auto mask = slash == std::string_view::npos ? std::optional<std::uint32_t>{0xffffffff}
                                                    : iptables_number(text.substr(slash + 1));
  if (!value || !mask) return std::nullopt;
  return Masked{*value, *mask};
}

std::optional<std::uint8_t> protocol_number(std::string_view text) {
  if (const auto number = iptables_number(text); number && *number <= 0xff)
    return static_cast<std::uint8_t>(*number);
  const auto* found = std::ranges::find(protocols, text, &Protocol::name);
  if (found == std::end(protocols)) return std::nullopt;
  return found->number;
}

std::vector<std::string_view> listed(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

} // namespace sshguardd::parse
