#include "parse/iptables_rule.hpp"

#include "parse/iptables_values.hpp"

#include <string>
#include <utility>

namespace sshguardd::parse {
namespace {

using firewall::Field;
using firewall::Interval;
using firewall::Open;
using firewall::Statement;

constexpr std::size_t longest_name = 64;

Open unknown_option(const IptablesOption& option) {
  return {.why = "an option of iptables that is not known: " + option.name.substr(0, longest_name),
          .usually = true,
          .anything = true};
}

Statement address_match(const IptablesOption& option, bool ipv6) {
  const auto addresses = network(option.values.front(), ipv6);
  if (!addresses) return unknown_option(option);
  const bool source = option.name == "-s";
  const Field field = ipv6     ? source ? Field::ip6_saddr : Field::ip6_daddr
                      : source ? Field::ip_saddr
                               : Field::ip_daddr;
  return match_of(field, {addresses->addresses}, option.negated, addresses->mask);
}

// A "+" at its end stands for any rest (ip_tables.c: ifname_compare_aligned()).
Statement interface_match(const IptablesOption& option) {
  std::string name = option.values.front();
  // A device may have that name; the vocabulary cannot tell it from "any rest".
  if (name.empty() || name.ends_with('*'))
    return Open{.why = "the interface's name: " + name.substr(0, longest_name),
                .usually = option.negated};
  if (name.ends_with('+')) name.back() = '*';
  return match_of(option.name == "-i" ? Field::iifname : Field::oifname, {{name, name}},
                  option.negated);
}

void add_protocol(const IptablesOption& option, std::vector<Statement>& out) {
  const std::string& name = option.values.front();
  const auto number = protocol_number(name);
  if (name == "all" || number == 0) {
    if (option.negated) out.emplace_back(never_match());
  } else if (number) {
    out.emplace_back(match_of(Field::l4proto, {exactly(*number, 1)}, option.negated));
  } else {
    out.emplace_back(
        Open{.why = "the protocol: " + name.substr(0, longest_name), .usually = option.negated});
  }
}

void add_own(const IptablesOption& option, bool ipv6, std::vector<Statement>& out) {
  if (option.name == "-f" && option.values.empty()) {
    // Later fragments of a packet: what begins a connection is shorter than any network's packets.
    if (!option.negated) out.emplace_back(never_match());
  } else if (option.values.size() != 1) {
    out.emplace_back(unknown_option(option));
  } else if (option.name == "-s" || option.name == "-d") {
    out.push_back(address_match(option, ipv6));
  } else if (option.name == "-i" || option.name == "-o") {
    out.push_back(interface_match(option));
  } else if (option.name == "-p") {
    add_protocol(option, out);
  } else {
    out.emplace_back(unknown_option(option));
  }
}

} // namespace

firewall::Match match_of(Field field, std::vector<Interval> values, bool negated,
                         std::string mask) {
  firewall::Match match;
  match.op = negated ? firewall::Match::Op::not_equal : firewall::Match::Op::equal;
  match.terms.push_back({.field = field, .mask = std::move(mask), .name = {}});
  match.values.reserve(values.size());
  for (Interval& value : values) {
    firewall::Element element;
    element.parts.push_back(std::move(value));
    match.values.push_back(std::move(element));
  }
  return match;
}

firewall::Match never_match() {
  return match_of(Field::l4proto, {{big_endian(0, 1), big_endian(0xff, 1)}}, true);
}

std::vector<Statement> iptables_statements(const IptablesLine& line, bool ipv6,
                                           const IsChain& is_chain) {
  std::vector<Statement> statements;
  for (const IptablesOption& option : line.own)
    add_own(option, ipv6, statements);
  for (const IptablesModule& module : line.matches)
    add_match(module, ipv6, statements);
  if (line.target) add_target(*line.target, line.go_to, ipv6, is_chain, statements);
  return statements;
}

} // namespace sshguardd::parse
