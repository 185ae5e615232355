#include "parse/iptables_rule.hpp"
#include "parse/iptables_values.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace sshguardd::parse {
namespace {

using firewall::Open;
using firewall::RejectKind;
using firewall::SetMark;
using firewall::Statement;
using firewall::Translate;
using firewall::Verdict;
using Statements = std::vector<Statement>;

constexpr std::size_t longest_name = 64;

Verdict verdict(Verdict::Kind kind, std::string chain = {}) {
  Verdict made;
  made.kind = kind;
  made.chain = std::move(chain);
  return made;
}

Open may_do_anything(std::string why) {
  return {.why = std::move(why), .usually = true, .anything = true};
}

const std::string* value_of(const IptablesModule& target, std::string_view name) {
  const auto found = std::ranges::find(target.options, name, &IptablesOption::name);
  return found == target.options.end() || found->values.size() != 1 ? nullptr
                                                                    : &found->values.front();
}

// ---- REJECT (ipt_REJECT, ip6t_REJECT)

RejectKind reject_kind(const IptablesModule& target) {
  struct Name {
    std::string_view name;
    RejectKind kind;
  };
  static constexpr Name names[] = {
      {"icmp-port-unreachable", RejectKind::port_unreachable},
      {"icmp6-port-unreachable", RejectKind::port_unreachable},
      {"tcp-reset", RejectKind::tcp_reset},
      {"icmp-host-unreachable", RejectKind::host_unreachable},
      {"icmp6-addr-unreachable", RejectKind::host_unreachable},
      {"icmp-net-unreachable", RejectKind::net_unreachable},
      {"icmp6-no-route", RejectKind::net_unreachable},
      {"icmp-proto-unreachable", RejectKind::prot_unreachable},
      {"icmp-admin-prohibited", RejectKind::admin_prohibited},
      {"icmp6-adm-prohibited", RejectKind::admin_prohibited},
      {"icmp-host-prohibited", RejectKind::host_prohibited},
      {"icmp-net-prohibited", RejectKind::net_prohibited},
      {"icmp6-policy-fail", RejectKind::policy_fail},
      {"icmp6-reject-route", RejectKind::policy_fail},
      // As old ones and people write them.
      {"port-unreach", RejectKind::port_unreachable},
      {"tcp-rst", RejectKind::tcp_reset},
      {"host-unreach", RejectKind::host_unreachable},
      {"addr-unreach", RejectKind::host_unreachable},
      {"net-unreach", RejectKind::net_unreachable},
      {"no-route", RejectKind::net_unreachable},
      {"proto-unreach", RejectKind::prot_unreachable},
      {"admin-prohib", RejectKind::admin_prohibited},
      {"adm-prohibited", RejectKind::admin_prohibited},
      {"host-prohib", RejectKind::host_prohibited},
      {"net-prohib", RejectKind::net_prohibited},
      {"policy-fail", RejectKind::policy_fail},
      {"reject-route", RejectKind::policy_fail},
  };
  if (target.options.empty()) return RejectKind::port_unreachable;
  const std::string* with = value_of(target, "--reject-with");
  if (with == nullptr) return RejectKind::other;
  const auto* found = std::ranges::find(names, *with, &Name::name);
  return found == std::end(names) ? RejectKind::other : found->kind;
}

void add_reject(const IptablesModule& target, bool, Statements& out) {
  Verdict made = verdict(Verdict::Kind::reject);
  made.reject = reject_kind(target);
  out.emplace_back(std::move(made));
}

// ---- REDIRECT and DNAT (xt_REDIRECT.c, xt_nat.c): they end the walk through nat's chains

void add_translation(const IptablesModule& target, bool exact, Translate translate,
                     Statements& out) {
  if (!exact) out.emplace_back(may_do_anything("one of several places (" + target.text() + ")"));
  out.emplace_back(std::move(translate));
  out.emplace_back(verdict(Verdict::Kind::accept));
}

struct Ports {
  std::optional<std::uint16_t> first;
  bool exact = true;
};

// "22", "22-25", "22-25/2022".
Ports ports_of(std::string_view text) {
  const auto range = port_range(text.substr(0, text.find('/')), '-');
  if (!range) return {.first = std::nullopt, .exact = false};
  const auto high = static_cast<unsigned char>(range->from[0]);
  const auto low = static_cast<unsigned char>(range->from[1]);
  return {.first = static_cast<std::uint16_t>((high << 8U) | low),
          .exact = range->from == range->to && text.find('/') == std::string_view::npos};
}

// "random" only chooses among several; without a port the port stays (nf_nat_core.c:
// nf_nat_l4proto_unique_tuple()).
bool only(const IptablesModule& target, std::string_view option) {
  return std::ranges::all_of(target.options, [&](const IptablesOption& one) {
    return !one.negated && (one.name == option || one.name == "--random" ||
                            one.name == "--random-fully" || one.name == "--persistent");
  });
}

void add_redirect(const IptablesModule& target, bool, Statements& out) {
  const std::string* ports = value_of(target, "--to-ports");
  const Ports to = ports == nullptr ? Ports{} : ports_of(*ports);
  const bool exact =
      to.exact && only(target, "--to-ports") && (ports != nullptr || !target.has("--to-ports"));
  add_translation(target, exact, {.port = to.first, .address = {}, .redirect = true}, out);
}

// "10.0.0.1:22", "[2001:db8::1]:22", ":22", "2001:db8::1"; the address and the ports.
std::pair<std::string_view, std::string_view> destination_parts(std::string_view text, bool ipv6) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find("]:");
    if (end != std::string_view::npos) return {text.substr(1, end - 1), text.substr(end + 2)};
    text.remove_prefix(1);
    if (text.ends_with(']')) text.remove_suffix(1);
    return {text, {}};
  }
  if (ipv6 && !text.starts_with(':')) return {text, {}};
  if (ipv6 && text.starts_with("::")) return {text, {}};
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

void add_destination(const IptablesModule& target, bool ipv6, Statements& out) {
  const std::string* value = value_of(target, "--to-destination");
  const auto count = std::ranges::count(target.options, "--to-destination", &IptablesOption::name);
  Translate translate;
  bool exact = count == 1 && value != nullptr && only(target, "--to-destination");
  if (value != nullptr) {
    const auto [address, ports] = destination_parts(*value, ipv6);
    if (!address.empty()) {
      const auto range = address_range(address, ipv6);
      exact = exact && range && range->from == range->to;
      if (range) translate.address = range->from;
    }
    if (!ports.empty()) {
      const Ports to = ports_of(ports);
      exact = exact && to.exact;
      translate.port = to.first;
    }
  }
  add_translation(target, exact, std::move(translate), out);
}

// ---- marks (xt_mark.c:mark_tg(): the bits of the mask are taken away, then the value's turned)

SetMark mark_of(const IptablesModule& target) {
  SetMark set;
  if (target.options.size() != 1) return set;
  const IptablesOption& option = target.options.front();
  const auto mark = option.values.size() == 1 ? masked_value(option.values.front()) : std::nullopt;
  if (!mark) return set;
  std::uint32_t turn = mark->value;
  if (option.name == "--set-xmark") {
    set.keep = ~mark->mask;
  } else if (option.name == "--set-mark") {
    set.keep = ~(mark->mask | mark->value);
  } else if (option.name == "--or-mark") {
    set.keep = ~mark->value;
  } else if (option.name == "--and-mark") {
    set.keep = mark->value;
    turn = 0;
  } else if (option.name == "--xor-mark") {
    set.keep = 0xffffffff;
  } else {
    return set;
  }
  set.mark = big_endian(turn, 4);
  return set;
}

void add_mark(const IptablesModule& target, bool, Statements& out) {
  out.emplace_back(mark_of(target));
}

// xt_connmark.c:connmark_tg_shift(); --mask is both masks.
void add_connection_mark(const IptablesModule& target, bool, Statements& out) {
  const bool restore = target.has("--restore-mark");
  if (!restore && !target.has("--save-mark")) {
    SetMark set = mark_of(target);
    set.of_connection = true;
    out.emplace_back(std::move(set));
    return;
  }
  const auto mask_of = [&](std::string_view option) -> std::optional<std::uint32_t> {
    const std::string* one = value_of(target, target.has("--mask") ? "--mask" : option);
    if (one == nullptr) return 0xffffffff;
    const auto mask = masked_value(*one);
    return mask ? std::optional{mask->value} : std::nullopt;
  };
  const auto of_packet = mask_of("--nfmask");
  const auto of_connection = mask_of("--ctmask");
  SetMark set;
  set.of_connection = !restore;
  set.copies = of_packet && of_packet == of_connection && !target.has("--left-shift-mark") &&
               !target.has("--right-shift-mark");
  if (set.copies) set.keep = ~*of_packet;
  out.emplace_back(std::move(set));
}

void add_unknown_mark(const IptablesModule&, bool, Statements& out) {
  out.emplace_back(SetMark{});
}

void add_set(const IptablesModule& target, bool, Statements& out) {
  if (target.has("--map-set")) out.emplace_back(SetMark{});
}

// ---- the others

void add_no_track(const IptablesModule&, bool, Statements& out) {
  out.emplace_back(firewall::NoTrack{});
}

void add_tracking(const IptablesModule& target, bool, Statements& out) {
  if (target.has("--notrack")) out.emplace_back(firewall::NoTrack{});
  // --zone-orig and --zone-reply: the packets of the other direction are of another.
  const bool one_way = target.has("--zone-orig") || target.has("--zone-reply");
  if (!one_way && !target.has("--zone")) return;
  const std::string* text = value_of(target, "--zone");
  const auto zone = text == nullptr ? std::nullopt : iptables_number(*text);
  firewall::SetZone set;
  if (!one_way && zone && *zone <= 65535) set.zone = static_cast<std::uint16_t>(*zone);
  out.emplace_back(set);
}

// It ends the walk through nat's chains, and sshd sees another source.
void add_source(const IptablesModule&, bool, Statements& out) {
  out.emplace_back(Translate{.port = {}, .address = {}, .redirect = false, .source = true});
}

void add_accept(const IptablesModule&, bool, Statements& out) {
  out.emplace_back(verdict(Verdict::Kind::accept));
}

void add_drop(const IptablesModule&, bool, Statements& out) {
  out.emplace_back(verdict(Verdict::Kind::drop));
}

void add_return(const IptablesModule&, bool, Statements& out) {
  out.emplace_back(verdict(Verdict::Kind::back));
}

void add_queue(const IptablesModule&, bool, Statements& out) {
  out.emplace_back(verdict(Verdict::Kind::queue));
}

void add_nothing(const IptablesModule&, bool, Statements&) {}

void add_anything(const IptablesModule& target, bool, Statements& out) {
  out.emplace_back(may_do_anything("what it does cannot be told (" + target.text() + ")"));
}

struct Target {
  std::string_view name;
  void (*add)(const IptablesModule&, bool, Statements&);
};

constexpr Target targets[] = {
    {"ACCEPT", add_accept},      {"DROP", add_drop},         {"RETURN", add_return},
    {"REJECT", add_reject},      {"QUEUE", add_queue},       {"NFQUEUE", add_queue},
    {"REDIRECT", add_redirect},  {"DNAT", add_destination},  {"SNAT", add_source},
    {"MASQUERADE", add_source},  {"MARK", add_mark},         {"CONNMARK", add_connection_mark},
    {"HMARK", add_unknown_mark}, {"SET", add_set},           {"NOTRACK", add_no_track},
    {"CT", add_tracking},        {"LOG", add_nothing},       {"NFLOG", add_nothing},
    {"ULOG", add_nothing},       {"AUDIT", add_nothing},     {"TRACE", add_nothing},
    {"CHECKSUM", add_nothing},   {"TCPMSS", add_nothing},    {"TCPOPTSTRIP", add_nothing},
    {"DSCP", add_nothing},       {"TOS", add_nothing},       {"ECN", add_nothing},
    {"CLASSIFY", add_nothing},   {"SECMARK", add_nothing},   {"CONNSECMARK", add_nothing},
    {"TTL", add_nothing},        {"HL", add_nothing},        {"TEE", add_nothing},
    {"RATEEST", add_nothing},    {"IDLETIMER", add_nothing}, {"LED", add_nothing},
    {"TPROXY", add_anything},    {"SYNPROXY", add_anything}, {"CLUSTERIP", add_anything},
    {"TARPIT", add_anything},    {"NETMAP", add_anything},
};

} // namespace

void add_target(const IptablesModule& target, bool go_to, bool ipv6, const IsChain& is_chain,
                Statements& out) {
  // No chain may have a target's name (xshared.c:assert_valid_chain_name()).
  const auto* known = std::ranges::find(targets, target.name, &Target::name);
  const bool chain = is_chain(target.name);
  if (known != std::end(targets) && !go_to && !chain)
    known->add(target, ipv6, out);
  else if (known == std::end(targets) && chain && target.options.empty())
    out.emplace_back(verdict(go_to ? Verdict::Kind::go_to : Verdict::Kind::jump, target.name));
  else
    out.emplace_back(
        may_do_anything("what it leads to is not known: " + target.name.substr(0, longest_name)));
}

} // namespace sshguardd::parse
