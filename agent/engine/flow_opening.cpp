#include "engine/flow_opening.hpp"

#include "engine/firewalld.hpp"
#include "engine/flow_answer.hpp"
#include "engine/packet_walk.hpp"
#include "engine/rule_lookup.hpp"
#include "parse/iptables_rule.hpp"
#include "parse/iptables_values.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sshguardd::engine {
namespace {

using firewall::Answer;
using firewall::Chain;
using firewall::Connection;
using firewall::Field;
using firewall::Place;
using firewall::Rule;
using firewall::Ruleset;
using firewall::Trace;

constexpr std::size_t most_interfaces = 32;
constexpr std::size_t most_ways = 16384;

// Where a packet comes from, in whatever way; what nobody knows may be that.
bool of_source(Field field) {
  switch (field) {
  case Field::ip_saddr:
  case Field::ip6_saddr:
  case Field::fib_saddr_type:
  case Field::fib_saddr_oif:
  case Field::sport:
  case Field::mark:
  case Field::ct_mark:
  case Field::other:
    return true;
  default:
    return false;
  }
}

bool names_source(const Rule& rule) {
  return std::ranges::any_of(rule.statements, [](const firewall::Statement& statement) {
    const auto* terms = firewall::comparison_of(statement).terms;
    return terms != nullptr && std::ranges::any_of(*terms, of_source, &firewall::Term::field);
  });
}

// Anything but an accept; a jump may lead to a refusal.
bool refuses(const Rule& rule) {
  return std::ranges::any_of(rule.statements, [](const firewall::Statement& statement) {
    const auto* verdict = std::get_if<firewall::Verdict>(&statement);
    return verdict != nullptr && verdict->kind != firewall::Verdict::Kind::accept &&
           verdict->kind != firewall::Verdict::Kind::go_on;
  });
}

// Of ufw what it does by default, DEFAULT_INPUT_POLICY: the policy itself, or the chain that ends
// in REJECT. What a person has said of a port, an address or anything else stays.
std::string chain_of_ufw(const Place& by) {
  constexpr std::array<std::string_view, 4> defaults{"ufw-reject-input", "ufw6-reject-input",
                                                     "ufw-skip-to-policy-input",
                                                     "ufw6-skip-to-policy-input"};
  const bool policy = by.rule.empty() && by.chain == "INPUT";
  if (!policy && std::ranges::find(defaults, by.chain) == defaults.end()) return {};
  return by.family == firewall::Family::ip6 ? "ufw6-user-input" : "ufw-user-input";
}

// The last rule of a zone rejects what nobody has named; a target of DROP is a zone that is meant
// to let nobody in, and so are these two. nftables.py: "filter_IN_ZONE", and for policies
// "filter_IN_policy_POLICY".
std::string zone_of(const Place& by, const std::string& chain, Answer::Kind kind) {
  constexpr std::string_view start = "filter_IN_";
  if (kind != Answer::Kind::rejected || by.rule.empty() || !chain.starts_with(start)) return {};
  std::string zone = chain.substr(start.size());
  if (zone == "drop" || zone == "block" || zone.starts_with("policy_")) return {};
  return zone;
}

// Of its family, that others may come to: not those that each link has by itself.
std::vector<std::string> own_addresses(const Connection& connection) {
  std::vector<std::string> all{connection.destination};
  for (const std::string& one : connection.local) {
    const bool everywhere =
        one.size() == 4 ? one.front() == 127
                        : one == std::string(15, '\0') + '\1' || one.starts_with("\xfe\x80");
    if (one.size() == connection.destination.size() && !everywhere &&
        std::ranges::find(all, one) == all.end())
      all.push_back(one);
  }
  return all;
}

bool may_get_in(const Ruleset& rules, const Connection& connection) {
  const auto kind = firewall::walk(rules, connection).kind;
  return kind == Answer::Kind::accepted || kind == Answer::Kind::undecided;
}

// "tcp dport PORT accept"
Rule accepting(std::uint16_t port) {
  constexpr std::uint32_t tcp = 6;
  Rule rule;
  rule.handle = "0";
  rule.statements = {
      parse::match_of(Field::l4proto, {parse::exactly(tcp, 1)}, false),
      parse::match_of(Field::dport, {parse::exactly(port, 2)}, false),
      firewall::Verdict{.kind = firewall::Verdict::Kind::accept, .chain = {}, .only = {}}};
  return rule;
}

} // namespace

std::optional<std::set<std::string>> named_interfaces(const Ruleset& rules) {
  std::set<std::string> names;
  (void)firewall::each_value(rules, Field::iifname, [&names](const firewall::Interval& value) {
    std::string name = value.from;
    if (name.ends_with('*')) name.back() = '0';
    if (!name.empty() && name != "lo") names.insert(std::move(name));
  });
  if (names.size() > most_interfaces) return std::nullopt;
  return names;
}

std::optional<bool> anybody_gets_in(const Ruleset& rules, const Connection& connection,
                                    const std::set<std::string>& inside) {
  auto sources = named_sources(rules, connection.ipv6);
  auto interfaces = named_interfaces(rules);
  if (!sources.all || !interfaces) return std::nullopt;
  for (const std::string& name : inside)
    interfaces->erase(name);
  sources.addresses.push_back(connection.source);
  interfaces->insert(connection.interface);
  const auto destinations = own_addresses(connection);
  if (sources.addresses.size() * interfaces->size() * destinations.size() > most_ways)
    return std::nullopt;
  Connection other = connection;
  for (const std::string& source : sources.addresses)
    for (const std::string& interface : *interfaces)
      for (const std::string& destination : destinations) {
        other.source = source;
        other.interface = interface;
        other.destination = destination;
        if (may_get_in(rules, other)) return true;
      }
  return false;
}

std::optional<Opening> Openings::of(const Connection& connection, const Answer& answer) {
  const bool shut = answer.kind == Answer::Kind::rejected || answer.kind == Answer::Kind::dropped;
  if (!shut || !answer.by || answer.packet != Answer::Packet::syn || answer.expires_s ||
      !rules_.unread.empty())
    return std::nullopt;
  Opening opening{.owner = std::string{owner_of(*answer.by, rules_).name}, .zone = {}};
  std::string chain;
  if (opening.owner == "ufw") {
    chain = chain_of_ufw(*answer.by);
  } else if (opening.owner == "firewalld") {
    const std::string whole = firewalld_chain(*answer.by, rules_);
    opening.zone = zone_of(*answer.by, whole, answer.kind);
    if (!opening.zone.empty()) chain = whole + "_allow";
  }
  const Chain* rules = chain.empty() ? nullptr : firewall::chain_of(rules_, *answer.by, chain);
  if (rules == nullptr || goes_by_source(connection) || others_get_in(connection))
    return std::nullopt;
  opening.behind = opening.owner == "ufw" && std::ranges::any_of(rules->rules, refuses);
  if (!helps(connection, *rules, opening.behind)) return std::nullopt;
  return opening;
}

// Any rule that it has met on its way.
bool Openings::goes_by_source(const Connection& connection) const {
  Trace trace;
  (void)firewall::walk(rules_, connection, &trace);
  return trace.cut || std::ranges::any_of(trace.steps, [this](const Trace::Step& step) {
           if (step.what == Trace::Step::What::entered || step.place.rule.empty()) return false;
           const Rule* rule = firewall::rule_of(rules_, step.place);
           return rule == nullptr || names_source(*rule);
         });
}

bool Openings::others_get_in(const Connection& connection) {
  const auto key =
      std::tuple{connection.ipv6, connection.port, connection.interface, connection.destination};
  if (const auto known = others_.find(key); known != others_.end()) return known->second;
  return others_[key] = anybody_gets_in(rules_, connection).value_or(true);
}

// As the rules would be with one more, where its owner puts it.
bool Openings::helps(const Connection& connection, const Chain& chain, bool behind) {
  if (opened_.chain != &chain || opened_.port != connection.port || opened_.behind != behind) {
    opened_ = {.chain = &chain, .port = connection.port, .behind = behind, .rules = rules_};
    for (std::size_t i = 0; i < rules_.tables.size(); ++i)
      for (std::size_t j = 0; j < rules_.tables[i].chains.size(); ++j) {
        if (&rules_.tables[i].chains[j] != &chain) continue;
        auto& rules = opened_.rules.tables[i].chains[j].rules;
        rules.insert(behind ? rules.end() : rules.begin(), accepting(connection.port));
      }
  }
  return firewall::ask(opened_.rules, connection).kind == Answer::Kind::accepted;
}

} // namespace sshguardd::engine
