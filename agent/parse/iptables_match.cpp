#include "parse/iptables_rule.hpp"
#include "parse/iptables_values.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sshguardd::parse {
namespace {

using firewall::Field;
using firewall::Interval;
using firewall::Match;
using firewall::Open;
using firewall::Statement;
using Statements = std::vector<Statement>;

bool has_values(const IptablesOption& option, std::size_t count) {
  return option.values.size() == count;
}

// "": none, or several.
std::string_view only_value(const IptablesOption& option) {
  return has_values(option, 1) ? std::string_view{option.values.front()} : std::string_view{};
}

// ---- addrtype

// rtnetlink(7)'s RTN_; the list is libxt_addrtype's.
std::optional<std::vector<std::uint32_t>> address_types(std::string_view text) {
  static constexpr std::string_view names[] = {"UNSPEC",   "UNICAST",   "LOCAL",     "BROADCAST",
                                               "ANYCAST",  "MULTICAST", "BLACKHOLE", "UNREACHABLE",
                                               "PROHIBIT", "THROW",     "NAT",       "XRESOLVE"};
  std::vector<std::uint32_t> types;
  for (const std::string_view name : listed(text)) {
    const auto* found = std::ranges::find(names, name);
    if (found == std::end(names)) return std::nullopt;
    types.push_back(static_cast<std::uint32_t>(found - std::begin(names)));
  }
  return types;
}

std::vector<Interval> type_values(const std::vector<std::uint32_t>& types) {
  std::vector<Interval> values;
  values.reserve(types.size());
  for (const std::uint32_t type : types)
    values.push_back(exactly(type, 1));
  return values;
}

std::optional<Match> type_match(const IptablesOption& option, bool ipv6) {
  if (!has_values(option, 1)) return std::nullopt;
  auto types = address_types(option.values.front());
  if (!types) return std::nullopt;
  // xt_addrtype.c:match_type6(): by the kind of address, not by a route; of several all.
  if (ipv6 && types->size() != 1) return std::nullopt;
  if (ipv6 && types->front() == 1) types = {1, 2, 4};
  return match_of(option.name == "--src-type" ? Field::fib_saddr_type : Field::fib_daddr_type,
                  type_values(*types), option.negated);
}

void add_addrtype(const IptablesModule& module, bool ipv6, Statements& out) {
  const bool limited = module.has("--limit-iface-in") || module.has("--limit-iface-out");
  for (const IptablesOption& option : module.options) {
    if (option.name.starts_with("--limit-iface-") && option.values.empty()) continue;
    const bool known = option.name == "--src-type" || option.name == "--dst-type";
    const auto match = known ? type_match(option, ipv6) : std::nullopt;
    if (match && !limited) {
      out.emplace_back(*match);
      continue;
    }
    // What a connection to the machine has usually: its own address, of the interface that it comes
    // by.
    const bool usual = option.name == "--dst-type" && has_values(option, 1) &&
                       option.values.front().find("LOCAL") != std::string::npos;
    out.emplace_back(open_option(module, option, usual != option.negated));
  }
}

// ---- iprange, mark, connmark, pkttype, rpfilter

void add_iprange(const IptablesModule& module, bool ipv6, Statements& out) {
  for (const IptablesOption& option : module.options) {
    const auto range =
        has_values(option, 1) ? address_range(option.values.front(), ipv6) : std::nullopt;
    if (range && option.name == "--src-range")
      out.emplace_back(
          match_of(ipv6 ? Field::ip6_saddr : Field::ip_saddr, {*range}, option.negated));
    else if (range && option.name == "--dst-range")
      out.emplace_back(
          match_of(ipv6 ? Field::ip6_daddr : Field::ip_daddr, {*range}, option.negated));
    else
      out.emplace_back(open_option(module, option, option.negated));
  }
}

void add_mark(const IptablesModule& module, bool, Statements& out) {
  const Field field = module.name == "mark" ? Field::mark : Field::ct_mark;
  for (const IptablesOption& option : module.options) {
    const auto mark = has_values(option, 1) ? masked_value(option.values.front()) : std::nullopt;
    if (mark && option.name == "--mark")
      out.emplace_back(match_of(field, {exactly(mark->value, 4)}, option.negated,
                                mark->mask == 0xffffffff ? "" : big_endian(mark->mask, 4)));
    else
      out.emplace_back(open_option(module, option, option.negated));
  }
}

// "0", "0-499", and of rules that are saved "root"; other users' numbers only the machine knows.
// xt_owner.c:owner_mt() compares numbers.
std::optional<Interval> users(std::string_view text) {
  if (text == "root") return exactly(0, 4);
  const std::size_t dash = std::min(text.find('-'), text.size());
  const auto first = iptables_number(text.substr(0, dash));
  const auto last = dash == text.size() ? first : iptables_number(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return Interval{exactly(*first, 4).from, exactly(*last, 4).to};
}

void add_owner(const IptablesModule& module, bool, Statements& out) {
  const bool plain = module.options.size() == 1 && module.options[0].name == "--uid-owner";
  const auto range = plain ? users(only_value(module.options[0])) : std::nullopt;
  if (range)
    out.emplace_back(match_of(Field::skuid, {*range}, module.options[0].negated));
  else
    out.emplace_back(open_match(module));
}

void add_pkttype(const IptablesModule& module, bool, Statements& out) {
  static constexpr std::string_view names[] = {"unicast", "broadcast", "multicast"};
  for (const IptablesOption& option : module.options) {
    const auto* found = std::ranges::find(names, only_value(option));
    if (option.name == "--pkt-type" && found != std::end(names))
      out.emplace_back(match_of(
          Field::pkttype, {exactly(static_cast<std::uint32_t>(found - names), 1)}, option.negated));
    else
      out.emplace_back(open_option(module, option, option.negated));
  }
}

// Without --loose: the way back leaves by the interface that the packet came by.
void add_rpfilter(const IptablesModule& module, bool, Statements& out) {
  static constexpr std::string_view known[] = {"--invert", "--validmark", "--accept-local"};
  const bool plain = std::ranges::all_of(module.options, [](const IptablesOption& option) {
    return !option.negated && option.values.empty() &&
           std::ranges::find(known, option.name) != std::end(known);
  });
  const bool invert = module.has("--invert");
  if (plain)
    out.emplace_back(match_of(Field::fib_saddr_oif, {exactly(invert ? 0 : 1, 1)}));
  else
    out.emplace_back(
        Open{.why = "whether there is a way back (" + module.text() + ")", .usually = !invert});
}

// ---- what has no part in the answer

void add_nothing(const IptablesModule&, bool, Statements&) {}

// Of protocols that are neither TCP nor what neighbours speak.
void add_other_protocol(const IptablesModule& module, bool, Statements& out) {
  const auto number = protocol_number(module.name);
  out.emplace_back(number ? match_of(Field::l4proto, {exactly(*number, 1)}) : never_match());
}

// Headers that no ordinary packet has, nor one as short as a connection's first: without them
// nothing fits, whatever is asked of them (ip6t_rt.c:rt_mt6(), ip6t_frag.c and the others).
void add_rare_header(const IptablesModule&, bool, Statements& out) {
  out.emplace_back(never_match());
}

// "135", "135/0"; a neighbour's code is 0.
void add_icmp6(const IptablesModule& module, bool, Statements& out) {
  out.emplace_back(match_of(Field::l4proto, {exactly(58, 1)}));
  for (const IptablesOption& option : module.options) {
    const std::string_view value = only_value(option);
    const std::size_t slash = std::min(value.find('/'), value.size());
    const auto type = iptables_number(value.substr(0, slash));
    const bool plain = slash == value.size() || value.substr(slash) == "/0";
    if (option.name == "--icmpv6-type" && type && *type <= 0xff && plain)
      out.emplace_back(match_of(Field::icmpv6_type, {exactly(*type, 1)}, option.negated));
    else
      out.emplace_back(open_option(module, option, option.negated));
  }
}

void add_hop_limit(const IptablesModule& module, bool, Statements& out) {
  for (const IptablesOption& option : module.options) {
    constexpr std::uint32_t none = 0x100;
    const std::uint32_t number =
        has_values(option, 1) ? iptables_number(option.values.front()).value_or(none) : none;
    Match match = match_of(Field::hop_limit, {exactly(number, 1)}, option.negated);
    if (option.name == "--hl-lt") match.op = Match::Op::less;
    if (option.name == "--hl-gt") match.op = Match::Op::greater;
    const bool known = option.name == "--hl-eq" ||
                       (!option.negated && (option.name == "--hl-lt" || option.name == "--hl-gt"));
    if (known && number < none)
      out.emplace_back(std::move(match));
    else
      out.emplace_back(open_option(module, option, option.negated));
  }
}

// xt_recent.c:recent_mt(): with --set alone it always fits, or never with a "!" before it. Who has
// been counted before is in the kernel's list.
void add_recent(const IptablesModule& module, bool, Statements& out) {
  const bool asks = module.has("--rcheck") || module.has("--update") || module.has("--remove");
  const auto set = std::ranges::find(module.options, "--set", &IptablesOption::name);
  if (asks || set == module.options.end())
    out.emplace_back(open_match(module));
  else if (set->negated)
    out.emplace_back(never_match());
}

struct Module {
  std::string_view name;
  void (*add)(const IptablesModule&, bool, Statements&);
};

constexpr Module modules[] = {
    {"tcp", add_tcp},
    {"multiport", add_multiport},
    {"conntrack", add_conntrack},
    {"state", add_conntrack},
    {"addrtype", add_addrtype},
    {"iprange", add_iprange},
    {"mark", add_mark},
    {"connmark", add_mark},
    {"pkttype", add_pkttype},
    {"owner", add_owner},
    {"rpfilter", add_rpfilter},
    {"recent", add_recent},
    {"comment", add_nothing},
    {"nfacct", add_nothing},
    {"udp", add_other_protocol},
    {"udplite", add_other_protocol},
    {"icmp", add_other_protocol},
    {"igmp", add_other_protocol},
    {"sctp", add_other_protocol},
    {"dccp", add_other_protocol},
    {"esp", add_other_protocol},
    {"icmp6", add_icmp6},
    {"icmpv6", add_icmp6},
    {"hl", add_hop_limit},
    {"ah", add_rare_header},
    {"dst", add_rare_header},
    {"frag", add_rare_header},
    {"hbh", add_rare_header},
    {"mh", add_rare_header},
    {"rt", add_rare_header},
    {"srh", add_rare_header},
};

} // namespace

void add_match(const IptablesModule& module, bool ipv6, Statements& out) {
  const auto* known = std::ranges::find(modules, module.name, &Module::name);
  if (known != std::end(modules))
    known->add(module, ipv6, out);
  else
    out.emplace_back(open_match(module));
}

} // namespace sshguardd::parse
