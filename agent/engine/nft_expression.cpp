#include "engine/nft_expression.hpp"

#include "engine/nft_json.hpp"
#include "engine/nft_text.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::engine {
namespace {

using firewall::Field;
using firewall::Term;
using Json = nlohmann::json;

constexpr NftNeed ipv4{Field::nfproto, 2};
constexpr NftNeed ipv6{Field::nfproto, 10};
constexpr NftNeed tcp{Field::l4proto, 6};

void add(std::vector<NftNeed>& needs, NftNeed need) {
  if (std::ranges::find(needs, need) == needs.end()) needs.push_back(need);
}

class Reader {
public:
  explicit Reader(NftKey& key) : key_{key} {}

  void expression(const Json& json) {
    if (json.is_object() && json.size() == 1) {
      const auto one = json.begin();
      if (one.key() == "&") return masked(json, one.value());
      if (one.value().is_object()) {
        if (one.key() == "payload") return payload(json, one.value());
        if (one.key() == "meta") return meta(json, nft_word(one.value(), "key"));
        if (one.key() == "ct") return ct(json, one.value());
        if (one.key() == "fib") return fib(json, one.value());
        if (one.key() == "exthdr") add(key_.needs, ipv6);
        if (one.key() == "tcp option") add(key_.needs, tcp);
      }
      // Shifts and the like are not calculated, but they have the dependencies of what is in them.
      if ((one.key() == "|" || one.key() == "^" || one.key() == "<<" || one.key() == ">>") &&
          one.value().is_array() && !one.value().empty())
        return inner(json, one.value()[0]);
    }
    unknown(json);
  }

private:
  void know(Field field, NftKind kind) {
    key_.terms.push_back({field, {}, {}});
    key_.kinds.push_back(kind);
  }
  void unknown(const Json& json) {
    key_.terms.push_back(nft_unknown(nft_expression_text(json)));
    key_.kinds.push_back(NftKind::unknown);
  }

  void inner(const Json& whole, const Json& part) {
    NftKey of;
    Reader{of}.expression(part);
    for (const auto& needs : {of.needs, of.own}) {
      for (const NftNeed& need : needs)
        add(key_.needs, need);
    }
    unknown(whole);
  }

  void masked(const Json& whole, const Json& operands) {
    if (!operands.is_array() || operands.size() != 2) return unknown(whole);
    NftKey of;
    Reader{of}.expression(operands[0]);
    const bool plain =
        of.terms.size() == 1 && of.terms[0].mask.empty() && nft_size(of.kinds[0]) > 0;
    auto mask = plain ? nft_bytes(of.kinds[0], operands[1]) : std::nullopt;
    if (!mask) return inner(whole, operands[0]);
    of.terms[0].mask = std::move(*mask);
    key_.terms.push_back(std::move(of.terms[0]));
    key_.kinds.push_back(of.kinds[0]);
    for (const NftNeed& need : of.needs)
      add(key_.needs, need);
    for (const NftNeed& need : of.own)
      add(key_.own, need);
  }

  void payload(const Json& whole, const Json& json) {
    const auto protocol = nft_word(json, "protocol");
    const auto field = nft_word(json, "field");
    // Of what a tunnel carries.
    if (json.contains("tunnel")) return unknown(whole);
    if (protocol == "ip") return ip(whole, field);
    if (protocol == "ip6") return ip6(whole, field);
    if (protocol == "tcp" || protocol == "th") {
      if (protocol == "tcp") add(key_.own, tcp);
      if (field == "dport") return know(Field::dport, NftKind::port);
      if (field == "sport") return know(Field::sport, NftKind::port);
      if (field == "flags" && protocol == "tcp") return know(Field::tcp_flags, NftKind::tcp_flags);
      return unknown(whole);
    }
    if (protocol == "icmpv6" && field == "type") {
      // Also where its value cannot be read.
      add(key_.needs, {Field::l4proto, 58});
      return know(Field::icmpv6_type, NftKind::icmpv6_type);
    }
    // Never a TCP packet's.
    struct Row {
      std::string_view protocol;
      std::uint8_t number;
    };
    static constexpr Row rows[] = {{"icmp", 1},   {"igmp", 2},   {"udp", 17},     {"dccp", 33},
                                   {"gre", 47},   {"esp", 50},   {"ah", 51},      {"icmpv6", 58},
                                   {"comp", 108}, {"sctp", 132}, {"udplite", 136}};
    const auto* row = std::ranges::find(rows, protocol, &Row::protocol);
    if (row != std::end(rows)) add(key_.needs, {Field::l4proto, row->number});
    if (protocol == "arp") add(key_.needs, {Field::l4proto, 255});
    unknown(whole);
  }

  void ip(const Json& whole, std::string_view field) {
    add(field == "saddr" || field == "daddr" ? key_.own : key_.needs, ipv4);
    if (field == "saddr") return know(Field::ip_saddr, NftKind::ip);
    if (field == "daddr") return know(Field::ip_daddr, NftKind::ip);
    if (field == "protocol") return know(Field::l4proto, NftKind::l4proto);
    unknown(whole);
  }

  void ip6(const Json& whole, std::string_view field) {
    add(field == "saddr" || field == "daddr" ? key_.own : key_.needs, ipv6);
    if (field == "saddr") return know(Field::ip6_saddr, NftKind::ip6);
    if (field == "daddr") return know(Field::ip6_daddr, NftKind::ip6);
    // A usual client's first packet has no extension headers between them.
    if (field == "nexthdr") return know(Field::l4proto, NftKind::l4proto);
    if (field == "hoplimit") return know(Field::hop_limit, NftKind::hops);
    unknown(whole);
  }

  void meta(const Json& whole, std::string_view key) {
    struct Row {
      std::string_view key;
      Field field;
      NftKind kind;
    };
    static constexpr Row rows[] = {{"iif", Field::iifname, NftKind::index},
                                   {"iifname", Field::iifname, NftKind::name},
                                   {"oif", Field::oifname, NftKind::index},
                                   {"oifname", Field::oifname, NftKind::name},
                                   {"l4proto", Field::l4proto, NftKind::l4proto},
                                   {"nfproto", Field::nfproto, NftKind::nfproto},
                                   {"protocol", Field::protocol, NftKind::ethertype},
                                   {"mark", Field::mark, NftKind::mark},
                                   {"pkttype", Field::pkttype, NftKind::pkttype},
                                   {"skuid", Field::skuid, NftKind::uid}};
    const auto* row = std::ranges::find(rows, key, &Row::key);
    if (row == std::end(rows)) return unknown(whole);
    know(row->field, row->kind);
  }

  void ct(const Json& whole, const Json& json) {
    const auto key = nft_word(json, "key");
    // "ct original ip saddr": what the connection was before translation.
    if (json.contains("dir")) return unknown(whole);
    if (key == "state") return know(Field::ct_state, NftKind::ct_state);
    if (key == "status") return know(Field::ct_status, NftKind::ct_status);
    if (key == "direction") return know(Field::ct_direction, NftKind::ct_direction);
    if (key == "mark") return know(Field::ct_mark, NftKind::mark);
    unknown(whole);
  }

  // With other flags it is asked of one interface, or by another route.
  void fib(const Json& whole, const Json& json) {
    const auto result = nft_word(json, "result");
    const auto found = json.find("flags");
    if (found == json.end()) return unknown(whole);
    bool saddr = false;
    bool daddr = false;
    bool iif = false;
    bool other = false;
    const auto flag = [&](const Json& one) {
      if (one == "saddr")
        saddr = true;
      else if (one == "daddr")
        daddr = true;
      else if (one == "iif")
        iif = true;
      else if (one != "mark" || result != "oif") // it matters where rules of the routing ask for it
        other = true;
    };
    if (found->is_array())
      std::ranges::for_each(*found, flag);
    else
      flag(*found);
    if (other || saddr == daddr) return unknown(whole);
    if (result == "oif" && saddr)
      return know(iif ? Field::fib_saddr_oif : Field::fib_saddr_any, NftKind::fib_oif);
    if (result != "type" || (iif && saddr)) return unknown(whole);
    if (iif) return know(Field::fib_daddr_here, NftKind::fib_type);
    know(saddr ? Field::fib_saddr_type : Field::fib_daddr_type, NftKind::fib_type);
  }

  NftKey& key_;
};

} // namespace

bool NftKey::blind() const {
  return std::ranges::all_of(terms, [](const Term& one) { return one.field == Field::other; });
}

Term nft_unknown(std::string name) {
  return {Field::other, {}, std::move(name)};
}

NftKey nft_key(const Json& expression) {
  NftKey key;
  Reader reader{key};
  const auto concat = expression.is_object() ? expression.find("concat") : expression.end();
  if (expression.is_object() && concat != expression.end() && concat->is_array() &&
      !concat->empty() && concat->size() <= 16) {
    for (const Json& part : *concat)
      reader.expression(part);
  } else {
    reader.expression(expression);
  }
  return key;
}

NftReads nft_reads(const Json& value) {
  static constexpr std::string_view sure[] = {"payload", "meta", "prefix", "numgen", "jhash",
                                              "symhash", "|",    "&",      "^",      "<<",
                                              ">>",      "fib",  "concat", "range",  "set"};
  NftReads reads;
  if (!value.is_structured()) return reads;
  for (const auto& [key, part] : value.items()) {
    // conntrack's state has a value for every packet.
    if (value.is_object() && key == "ct" && nft_word(part, "key") != "state")
      reads.entry = true;
    else if (value.is_object() && key != "ct" && std::ranges::find(sure, key) == std::end(sure))
      reads.may_be_none = true;
    if (key != "|" && key != "&" && key != "^" && key != "<<" && key != ">>" && !value.is_array())
      continue;
    const NftReads inside = nft_reads(part);
    reads.entry = reads.entry || inside.entry;
    reads.may_be_none = reads.may_be_none || inside.may_be_none;
  }
  return reads;
}

std::optional<NftMark> nft_mark(const Json& value) {
  constexpr std::uint64_t all = 0xffffffff;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() <= all)
    return NftMark{.of = {}, .keep = 0, .turn = value.get<std::uint32_t>()};
  if (!value.is_object() || value.size() != 1) return std::nullopt;
  const std::string& key = value.begin().key();
  const Json& inner = value.begin().value();
  if ((key == "meta" || key == "ct") && nft_word(inner, "key") == "mark")
    return NftMark{.of = key == "ct", .keep = 0xffffffff, .turn = 0};
  if (!inner.is_array() || inner.size() != 2) return std::nullopt;
  auto made = nft_mark(inner[0]);
  const auto by = nft_mark(inner[1]);
  if (!made || !by || by->of) return std::nullopt;
  if (key == "&") {
    made->keep &= by->turn;
    made->turn &= by->turn;
  } else if (key == "|") {
    made->keep &= ~by->turn;
    made->turn |= by->turn;
  } else if (key == "^") {
    made->turn ^= by->turn;
  } else {
    return std::nullopt;
  }
  return made;
}

NftUsual nft_usual(const Json& expression) {
  if (!expression.is_object() || expression.size() != 1) return NftUsual::ask;
  const auto one = expression.begin();
  if (one.key() == "exthdr" && one.value().is_object()) return NftUsual::absent;
  if (one.key() != "&" || !one.value().is_array() || one.value().size() != 2) return NftUsual::ask;
  const Json& left = one.value()[0];
  const Json& mask = one.value()[1];
  // Fragments: the offset, and "more fragments".
  static const Json offset = {{"payload", {{"protocol", "ip"}, {"field", "frag-off"}}}};
  const bool fragment = left == offset && mask.is_number_unsigned() &&
                        (mask.get<std::uint64_t>() & ~std::uint64_t{0x3fff}) == 0;
  return fragment ? NftUsual::zero : NftUsual::ask;
}

} // namespace sshguardd::engine
