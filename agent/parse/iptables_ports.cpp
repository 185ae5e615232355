// "-m tcp" and "-m multiport" (xt_tcpudp.c, xt_multiport.c).
#include "parse/iptables_rule.hpp"
#include "parse/iptables_values.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sshguardd::parse {
namespace {

using firewall::Element;
using firewall::Field;
using firewall::Interval;
using firewall::Match;
using firewall::Statement;

bool has_values(const IptablesOption& option, std::size_t count) {
  return option.values.size() == count;
}

// Bits of the header; "NONE" and "" have none.
std::optional<std::uint32_t> tcp_flags(std::string_view text) {
  struct Flag {
    std::string_view name;
    std::uint32_t bits;
  };
  static constexpr Flag flags[] = {{"FIN", 1},  {"SYN", 2},  {"RST", 4},    {"PSH", 8},
                                   {"ACK", 16}, {"URG", 32}, {"ALL", 0x3f}, {"NONE", 0}};
  std::uint32_t bits = 0;
  for (const std::string_view name : listed(text)) {
    const auto* flag = std::ranges::find(flags, name, &Flag::name);
    if (flag == std::end(flags)) return std::nullopt;
    bits |= flag->bits;
  }
  return bits;
}

Match flags_match(std::uint32_t mask, std::uint32_t value, bool negated) {
  return match_of(Field::tcp_flags, {exactly(value, 1)}, negated, big_endian(mask, 1));
}

std::optional<Statement> tcp_option(const IptablesOption& option) {
  if (option.name == "--sport" || option.name == "--dport") {
    if (!has_values(option, 1)) return std::nullopt;
    const auto ports = port_range(option.values.front(), ':');
    if (!ports) return std::nullopt;
    return match_of(option.name == "--sport" ? Field::sport : Field::dport, {*ports},
                    option.negated);
  }
  if (option.name == "--syn" && option.values.empty())
    return flags_match(1 | 2 | 4 | 16, 2, option.negated);
  if (option.name != "--tcp-flags" || !has_values(option, 2)) return std::nullopt;
  const auto mask = tcp_flags(option.values[0]);
  const auto value = tcp_flags(option.values[1]);
  if (!mask || !value) return std::nullopt;
  return flags_match(*mask, *value, option.negated);
}

// A packet's source or its destination port: nobody knows the one, so that each is an alternative
// with any of the other.
Match either_port(const std::vector<Interval>& ports, bool negated) {
  const Interval any{big_endian(0, 2), big_endian(0xffff, 2)};
  Match match;
  match.op = negated ? Match::Op::not_equal : Match::Op::equal;
  match.terms = {{.field = Field::sport, .mask = {}, .name = {}},
                 {.field = Field::dport, .mask = {}, .name = {}}};
  for (const Interval& port : ports) {
    for (const auto& parts : {std::vector{any, port}, std::vector{port, any}}) {
      Element element;
      element.parts = parts;
      match.values.push_back(std::move(element));
    }
  }
  return match;
}

} // namespace

void add_tcp(const IptablesModule& module, bool, std::vector<Statement>& out) {
  for (const IptablesOption& option : module.options) {
    // Any client's first packet has a maximum segment size, nearly all have these others.
    static constexpr std::string_view common[] = {"2", "3", "4", "8"};
    const bool usual = option.name == "--tcp-option" && has_values(option, 1) &&
                       std::ranges::find(common, option.values.front()) != std::end(common);
    auto match = tcp_option(option);
    out.push_back(match ? std::move(*match)
                        : Statement{open_option(module, option, usual != option.negated)});
  }
}

void add_multiport(const IptablesModule& module, bool, std::vector<Statement>& out) {
  for (const IptablesOption& option : module.options) {
    const auto ports = has_values(option, 1) ? port_list(option.values.front()) : std::nullopt;
    if (ports && option.name == "--dports")
      out.emplace_back(match_of(Field::dport, *ports, option.negated));
    else if (ports && option.name == "--sports")
      out.emplace_back(match_of(Field::sport, *ports, option.negated));
    else if (ports && option.name == "--ports")
      out.emplace_back(either_port(*ports, option.negated));
    else
      out.emplace_back(open_option(module, option, option.negated));
  }
}

} // namespace sshguardd::parse
