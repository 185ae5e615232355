#include "engine/nft_values.hpp"

#include "engine/nft_json.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <span>

namespace sshguardd::engine {
namespace {

using Json = nlohmann::json;
using firewall::Element;
using firewall::Interval;

struct Name {
  std::string_view word;
  std::uint32_t value;
};

// nftables/src/{proto,ct,meta,fib,datatype}.c. Services by number, as nft writes them without -S;
// a few by name all the same.
constexpr Name protocols[] = {{"ip", 0},         {"hopopt", 0},   {"icmp", 1},   {"igmp", 2},
                              {"ipencap", 4},    {"tcp", 6},      {"udp", 17},   {"dccp", 33},
                              {"ipv6", 41},      {"gre", 47},     {"esp", 50},   {"ah", 51},
                              {"icmpv6", 58},    {"ospf", 89},    {"comp", 108}, {"ipcomp", 108},
                              {"vrrp", 112},     {"l2tp", 115},   {"sctp", 132}, {"none", 59},
                              {"ipv6-icmp", 58}, {"udplite", 136}};
constexpr Name services[] = {{"ftp", 21},    {"ssh", 22},    {"telnet", 23}, {"smtp", 25},
                             {"domain", 53}, {"http", 80},   {"pop3", 110},  {"ntp", 123},
                             {"imap2", 143}, {"https", 443}, {"imaps", 993}, {"pop3s", 995},
                             {"bootps", 67}, {"bootpc", 68}, {"mysql", 3306}};
constexpr Name ethertypes[] = {{"ip", 0x0800},   {"ip6", 0x86dd},   {"arp", 0x0806},
                               {"vlan", 0x8100}, {"8021q", 0x8100}, {"8021ad", 0x88a8}};
constexpr Name nfprotos[] = {{"ipv4", 2}, {"ip", 2}, {"ipv6", 10}, {"ip6", 10}};
constexpr Name ct_states[] = {
    {"invalid", 1}, {"established", 2}, {"related", 4}, {"new", 8}, {"untracked", 64}};
constexpr Name ct_statuses[] = {{"expected", 1},  {"seen-reply", 2}, {"assured", 4},
                                {"confirmed", 8}, {"snat", 16},      {"dnat", 32},
                                {"dying", 512}};
constexpr Name ct_directions[] = {{"original", 0}, {"reply", 1}};
constexpr Name tcp_flags[] = {{"fin", 1},  {"syn", 2},  {"rst", 4},  {"psh", 8},
                              {"ack", 16}, {"urg", 32}, {"ecn", 64}, {"cwr", 128}};
constexpr Name pkttypes[] = {{"host", 0},      {"unicast", 0}, {"broadcast", 1},
                             {"multicast", 2}, {"other", 3},   {"otherhost", 3}};
constexpr Name icmpv6_types[] = {
    {"destination-unreachable", 1},  {"packet-too-big", 2},         {"time-exceeded", 3},
    {"parameter-problem", 4},        {"echo-request", 128},         {"echo-reply", 129},
    {"mld-listener-query", 130},     {"mld-listener-report", 131},  {"mld-listener-done", 132},
    {"mld-listener-reduction", 132}, {"nd-router-solicit", 133},    {"nd-router-advert", 134},
    {"nd-neighbor-solicit", 135},    {"nd-neighbor-advert", 136},   {"nd-redirect", 137},
    {"router-renumbering", 138},     {"ind-neighbor-solicit", 141}, {"ind-neighbor-advert", 142},
    {"mld2-listener-report", 143}};
constexpr Name users[] = {{"root", 0}}; // others have numbers that only the machine knows
constexpr Name fib_types[] = {{"unspec", 0},    {"unicast", 1},     {"local", 2},
                              {"broadcast", 3}, {"anycast", 4},     {"multicast", 5},
                              {"blackhole", 6}, {"unreachable", 7}, {"prohibit", 8}};

struct Kind {
  std::size_t size;
  std::span<const Name> names;
};

Kind kind_of(NftKind kind) {
  switch (kind) {
  case NftKind::ip:
    return {4, {}};
  case NftKind::ip6:
    return {16, {}};
  case NftKind::port:
    return {2, services};
  case NftKind::l4proto:
    return {1, protocols};
  case NftKind::ethertype:
    return {2, ethertypes};
  case NftKind::nfproto:
    return {1, nfprotos};
  case NftKind::mark:
    return {4, {}};
  case NftKind::ct_state:
    return {4, ct_states};
  case NftKind::ct_status:
    return {4, ct_statuses};
  case NftKind::ct_direction:
    return {1, ct_directions};
  case NftKind::tcp_flags:
    return {1, tcp_flags};
  case NftKind::pkttype:
    return {1, pkttypes};
  case NftKind::icmpv6_type:
    return {1, icmpv6_types};
  case NftKind::hops:
    return {1, {}};
  case NftKind::uid:
    return {4, users};
  case NftKind::fib_type:
    return {1, fib_types};
  case NftKind::fib_oif:
    return {1, {}};
  case NftKind::unknown:
  case NftKind::name:
  case NftKind::index:
    break;
  }
  return {0, {}};
}

std::optional<std::string> big_endian(std::uint64_t number, std::size_t size) {
  if (size < 8 && number >> (8 * size) != 0) return std::nullopt;
  std::string bytes(size, '\0');
  for (std::size_t at = size; at-- > 0 && number != 0; number >>= 8U)
    bytes[at] = static_cast<char>(static_cast<unsigned char>(number & 0xffU));
  return bytes;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [ptr, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || ptr != end) return std::nullopt;
  return number;
}

std::optional<std::string> address(const std::string& text, NftKind kind) {
  std::array<char, 16> raw{};
  if (text.find('\0') != std::string::npos) return std::nullopt;
  if (inet_pton(kind == NftKind::ip ? AF_INET : AF_INET6, text.c_str(), raw.data()) != 1)
    return std::nullopt;
  return std::string{raw.data(), nft_size(kind)};
}

std::optional<std::string> word(NftKind kind, const std::string& text) {
  if (kind == NftKind::ip || kind == NftKind::ip6) return address(text, kind);
  const Kind known = kind_of(kind);
  const auto found = std::ranges::find(known.names, text, &Name::word);
  if (found != known.names.end()) return big_endian(found->value, known.size);
  if (const auto number = number_of(text)) return big_endian(*number, known.size);
  return std::nullopt;
}

std::optional<std::string> interface(NftKind kind, const Json& value) {
  if (!value.is_string()) return std::nullopt;
  auto text = value.get<std::string>();
  if (text.empty() || text.size() > 64) return std::nullopt;
  // An interface that is gone is listed by its number; "\*" is a star and nothing else.
  if (kind == NftKind::index && (number_of(text) || text.ends_with('*'))) return std::nullopt;
  if (text.ends_with("\\*")) return std::nullopt;
  return text;
}

// Flags, one or several; {"|": [a, {"|": [b, c]}]} is how newer nft nests them.
std::optional<std::string> flags(NftKind kind, const Json& list) {
  std::string all(nft_size(kind), '\0');
  for (const Json& one : list) {
    const auto bytes = nft_bytes(kind, one);
    if (!bytes) return std::nullopt;
    for (std::size_t at = 0; at < all.size(); ++at)
      all[at] = static_cast<char>(all[at] | (*bytes)[at]);
  }
  return all;
}

std::optional<Interval> prefix(NftKind kind, const Json& value) {
  const Json* addr = value.is_object() ? nft_member(value, "addr") : nullptr;
  const Json* len = value.is_object() ? nft_member(value, "len") : nullptr;
  if (addr == nullptr || len == nullptr || !len->is_number_unsigned()) return std::nullopt;
  auto bytes = nft_bytes(kind, *addr);
  const auto length = len->get<std::uint64_t>();
  if (!bytes || nft_size(kind) == 0 || length > 8 * nft_size(kind)) return std::nullopt;
  Interval interval{*bytes, *bytes};
  for (std::size_t bit = length; bit < 8 * bytes->size(); ++bit) {
    const auto one = static_cast<unsigned char>(0x80U >> (bit % 8));
    auto& from = interval.from[bit / 8];
    auto& to = interval.to[bit / 8];
    from = static_cast<char>(static_cast<unsigned char>(from) & static_cast<unsigned char>(~one));
    to = static_cast<char>(static_cast<unsigned char>(to) | one);
  }
  return interval;
}

std::optional<Interval> range(NftKind kind, const Json& value) {
  if (!value.is_array() || value.size() != 2 || nft_size(kind) == 0) return std::nullopt;
  auto from = nft_bytes(kind, value[0]);
  auto to = nft_bytes(kind, value[1]);
  // std::string compares as unsigned bytes.
  if (!from || !to || *from > *to) return std::nullopt;
  return Interval{std::move(*from), std::move(*to)};
}

} // namespace

std::size_t nft_size(NftKind kind) {
  return kind_of(kind).size;
}

bool nft_bits(NftKind kind) {
  return kind == NftKind::ct_state || kind == NftKind::ct_status || kind == NftKind::tcp_flags ||
         kind == NftKind::mark;
}

NftKind nft_kind(std::string_view datatype) {
  struct Row {
    std::string_view word;
    NftKind kind;
  };
  static constexpr Row rows[] = {{"ipv4_addr", NftKind::ip},
                                 {"ipv6_addr", NftKind::ip6},
                                 {"inet_service", NftKind::port},
                                 {"inet_proto", NftKind::l4proto},
                                 {"ether_type", NftKind::ethertype},
                                 {"nf_proto", NftKind::nfproto},
                                 {"mark", NftKind::mark},
                                 {"ct_state", NftKind::ct_state},
                                 {"ct_status", NftKind::ct_status},
                                 {"ct_dir", NftKind::ct_direction},
                                 {"tcp_flag", NftKind::tcp_flags},
                                 {"pkt_type", NftKind::pkttype},
                                 {"uid", NftKind::uid},
                                 {"fib_addrtype", NftKind::fib_type},
                                 {"ifname", NftKind::name},
                                 {"iface_index", NftKind::index}};
  const auto* row = std::ranges::find(rows, datatype, &Row::word);
  return row == std::end(rows) ? NftKind::unknown : row->kind;
}

std::optional<std::string> nft_bytes(NftKind kind, const Json& value) {
  if (kind == NftKind::unknown) return std::string{};
  if (kind == NftKind::name || kind == NftKind::index) return interface(kind, value);
  if (kind == NftKind::fib_oif) {
    if (value == Json(true)) return std::string{'\1'};
    if (value == Json(false) || value == Json(0) || value == Json("0")) return std::string{'\0'};
    return std::nullopt;
  }
  if (value.is_number_unsigned() && kind != NftKind::ip && kind != NftKind::ip6)
    return big_endian(value.get<std::uint64_t>(), nft_size(kind));
  if (value.is_string()) return word(kind, value.get_ref<const std::string&>());
  if (!nft_bits(kind)) return std::nullopt;
  if (value.is_array()) return flags(kind, value);
  if (value.is_object() && value.size() == 1) {
    const Json* list = nft_member(value, "|");
    if (list != nullptr && list->is_array()) return flags(kind, *list);
  }
  return std::nullopt;
}

bool nft_everything(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>() == "*";
  if (value.is_array() && !value.empty()) return nft_everything(value[0]); // of a map
  return false;
}

std::optional<Interval> nft_interval(NftKind kind, const Json& value) {
  if (kind == NftKind::unknown) return Interval{};
  if (nft_everything(value)) {
    const std::size_t size = nft_size(kind);
    if (size == 0) return Interval{"*", "*"};
    return Interval{std::string(size, '\0'), std::string(size, '\xff')};
  }
  if (value.is_object() && value.size() == 1) {
    if (const Json* one = nft_member(value, "prefix")) return prefix(kind, *one);
    if (const Json* one = nft_member(value, "range")) return range(kind, *one);
  }
  // Nobody knows the protocol's name: then it is not the one that matters here. 255 is reserved.
  auto bytes = nft_bytes(kind, value);
  if (!bytes && kind == NftKind::l4proto && value.is_string()) bytes = "\xff";
  if (!bytes) return std::nullopt;
  return Interval{*bytes, *bytes};
}

namespace {

// {"elem": {"val": ..., "timeout": ..., "expires": ..., "comment": ...}}. Anything else in it may
// be a limit of its own: then it is not known whether the element is there for a packet.
const Json* unwrap(const Json& value, Element& element) {
  if (!value.is_object()) return &value;
  const Json* elem = nft_member(value, "elem");
  if (elem == nullptr) return &value;
  if (!elem->is_object()) return nullptr;
  const Json* inner = nullptr;
  for (const auto& [key, one] : elem->items()) {
    if (key == "val") {
      inner = &one;
    } else if (key == "expires" && one.is_number_unsigned()) {
      element.expires_s = static_cast<std::uint32_t>(std::min<std::uint64_t>(
          one.get<std::uint64_t>(), std::numeric_limits<std::uint32_t>::max()));
    } else if (key == "comment" && one.is_string()) {
      element.comment = one.get_ref<const std::string&>().substr(0, 128);
    } else if (key != "timeout" && key != "counter" && key != "last") {
      return nullptr;
    }
  }
  return inner;
}

} // namespace

std::optional<Element> nft_element(const std::vector<NftKind>& kinds, const Json& value) {
  Element element;
  const Json* inner = unwrap(value, element);
  if (inner == nullptr) return std::nullopt;
  const Json* parts = inner->is_object() ? nft_member(*inner, "concat") : nullptr;
  const bool all = nft_everything(*inner);
  if (parts != nullptr ? !parts->is_array() || parts->size() != kinds.size()
                       : kinds.size() != 1 && !all)
    return std::nullopt;
  for (std::size_t at = 0; at < kinds.size(); ++at) {
    auto part = nft_interval(kinds[at], parts != nullptr ? (*parts)[at] : *inner);
    if (!part) return std::nullopt;
    element.parts.push_back(std::move(*part));
  }
  return element;
}

} // namespace sshguardd::engine
