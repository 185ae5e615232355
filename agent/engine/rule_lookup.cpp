#include "engine/rule_lookup.hpp"

namespace sshguardd::firewall {
namespace {

bool holds(const Table& table, const Place& place) {
  return table.family == place.family && table.name == place.table && table.legacy == place.legacy;
}

} // namespace

const Table* table_of(const Ruleset& rules, const Place& place) {
  const auto found = std::ranges::find_if(
      rules.tables, [&place](const Table& table) { return holds(table, place); });
  return found == rules.tables.end() ? nullptr : &*found;
}

const Chain* chain_of(const Ruleset& rules, const Place& place, std::string_view name) {
  for (const Table& table : rules.tables) {
    if (!holds(table, place)) continue;
    const auto found = std::ranges::find(table.chains, name, &Chain::name);
    if (found != table.chains.end()) return &*found;
  }
  return nullptr;
}

const Rule* rule_of(const Ruleset& rules, const Place& place) {
  const Chain* chain = chain_of(rules, place, place.chain);
  if (chain == nullptr) return nullptr;
  // In a table of iptables-nft's a handle may be another rule's place (engine/iptables_tables).
  const auto found = std::ranges::find_if(chain->rules, [&place](const Rule& rule) {
    return rule.handle == place.rule && rule.text == place.text;
  });
  return found == chain->rules.end() ? nullptr : &*found;
}

Comparison comparison_of(const Statement& statement) {
  if (const auto* match = std::get_if<Match>(&statement))
    return {.terms = &match->terms, .values = &match->values, .set = &match->set};
  if (const auto* map = std::get_if<VerdictMap>(&statement))
    return {.terms = &map->terms, .values = &map->values, .set = &map->set};
  return {};
}

} // namespace sshguardd::firewall
