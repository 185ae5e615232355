#include "engine/iptables_tables.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sshguardd::engine {
namespace {

using firewall::Chain;
using firewall::Element;
using firewall::Family;
using firewall::Field;
using firewall::Hook;
using firewall::Match;
using firewall::Rule;
using firewall::Statement;
using firewall::Table;

bool same(const Match& a, const Match& b) {
  const auto values = [](const Element& one, const Element& other) {
    return one.parts == other.parts;
  };
  return a.op == b.op && a.terms == b.terms && a.set == b.set &&
         std::ranges::equal(a.values, b.values, values);
}

bool asks(const Match& match, Field field) {
  return match.terms.size() == 1 && match.terms.front().field == field;
}

// But for the family, which is the table's, and the protocol, which a port implies.
std::vector<const Match*> matches_of(const Rule& rule) {
  std::vector<const Match*> matches;
  bool of_tcp = false;
  for (const Statement& statement : rule.statements) {
    const auto* match = std::get_if<Match>(&statement);
    if (match == nullptr || asks(*match, Field::nfproto)) continue;
    of_tcp = of_tcp || asks(*match, Field::dport) || asks(*match, Field::tcp_flags);
    matches.push_back(match);
  }
  if (of_tcp) std::erase_if(matches, [](const Match* one) { return asks(*one, Field::l4proto); });
  return matches;
}

// What it does: of verdicts, and nothing else, it can be told whether they are the same.
std::vector<firewall::Verdict> verdicts_of(const Rule& rule, bool& all) {
  std::vector<firewall::Verdict> verdicts;
  for (const Statement& statement : rule.statements) {
    if (const auto* verdict = std::get_if<firewall::Verdict>(&statement))
      verdicts.push_back(*verdict);
    else if (!std::holds_alternative<Match>(statement))
      all = false;
  }
  return verdicts;
}

// Both say the same, so that it can be told in the words of iptables.
bool same(const Rule& a, const Rule& b) {
  bool all = true;
  const auto equal = [](const Match* one, const Match* other) { return same(*one, *other); };
  return verdicts_of(a, all) == verdicts_of(b, all) && all &&
         std::ranges::is_permutation(matches_of(a), matches_of(b), equal);
}

void take_saved(Chain& chain, Chain saved) {
  if (chain.rules.size() != saved.rules.size()) {
    Rule open;
    open.handle = "?";
    open.text = "rules that iptables-nft-save does not show as nft does";
    open.statements.emplace_back(
        firewall::Open{.why = open.text, .usually = true, .anything = true});
    chain.rules.insert(chain.rules.begin(), std::move(open));
    return;
  }
  for (std::size_t i = 0; i < chain.rules.size(); ++i)
    if (chain.rules[i].compat || same(chain.rules[i], saved.rules[i]))
      chain.rules[i] = std::move(saved.rules[i]);
}

} // namespace

bool is_iptables_name(std::string_view table) {
  static constexpr std::string_view tables[] = {"filter", "nat", "mangle", "raw", "security"};
  return std::ranges::find(tables, table) != std::end(tables);
}

bool is_iptables_table(const Table& table) {
  struct Row {
    std::string_view chain;
    Hook hook;
  };
  static constexpr Row chains[] = {{"INPUT", Hook::input},
                                   {"FORWARD", Hook::forward},
                                   {"OUTPUT", Hook::output},
                                   {"PREROUTING", Hook::prerouting},
                                   {"POSTROUTING", Hook::postrouting}};
  if (table.family != Family::ip && table.family != Family::ip6) return false;
  if (!is_iptables_name(table.name)) return false;
  if (table.compat) return true;
  bool any = false;
  for (const Chain& chain : table.chains) {
    if (!chain.base) continue;
    const auto* row = std::ranges::find(chains, chain.name, &Row::chain);
    if (row == std::end(chains) || row->hook != chain.base->hook) return false;
    any = true;
  }
  return any;
}

void take_saved(firewall::Ruleset& rules, Table saved) {
  const auto there = std::ranges::find_if(rules.tables, [&saved](const Table& other) {
    return other.family == saved.family && other.name == saved.name && !other.legacy;
  });
  // It came between two questions.
  if (there == rules.tables.end()) {
    rules.tables.push_back(std::move(saved));
    return;
  }
  if (there->chains.empty()) {
    *there = std::move(saved);
    return;
  }
  for (Chain& chain : saved.chains) {
    const auto same_name = std::ranges::find(there->chains, chain.name, &Chain::name);
    if (same_name == there->chains.end())
      there->chains.push_back(std::move(chain));
    else
      take_saved(*same_name, std::move(chain));
  }
}

} // namespace sshguardd::engine
