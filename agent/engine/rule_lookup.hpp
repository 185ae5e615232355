// Looks things up in a Ruleset: what an answer names, and what its rules compare a field with.
// Pure.
#pragma once

#include "sshguardd/firewall.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sshguardd::firewall {

// Null: the rules do not have it.
[[nodiscard]] const Table* table_of(const Ruleset& rules, const Place& place);
[[nodiscard]] const Chain* chain_of(const Ruleset& rules, const Place& place,
                                    std::string_view name); // of the place's table
[[nodiscard]] const Rule* rule_of(const Ruleset& rules, const Place& place);

// What a match or a verdict map compares, and with what. Null: the statement is neither.
struct Comparison {
  const std::vector<Term>* terms = nullptr;
  const std::vector<Element>* values = nullptr;
  const std::string* set = nullptr; // empty: none
};
[[nodiscard]] Comparison comparison_of(const Statement& statement);

// visit(interval) for each value that elements have for the field.
template <class Visit>
void each_value(const std::vector<Term>& terms, const std::vector<Element>& elements, Field field,
                const Visit& visit) {
  const auto term = std::ranges::find(terms, field, &Term::field);
  if (term == terms.end()) return;
  const auto at = static_cast<std::size_t>(term - terms.begin());
  for (const Element& element : elements)
    if (at < element.parts.size()) visit(element.parts[at]);
}

// ... for each that any rule compares it with, in named sets too. False: not all are known.
template <class Visit> bool each_value(const Ruleset& rules, Field field, const Visit& visit) {
  bool all = true;
  for (const Table& table : rules.tables)
    for (const Chain& chain : table.chains)
      for (const Rule& rule : chain.rules)
        for (const Statement& statement : rule.statements) {
          const Comparison compared = comparison_of(statement);
          if (compared.terms == nullptr ||
              std::ranges::find(*compared.terms, field, &Term::field) == compared.terms->end())
            continue;
          each_value(*compared.terms, *compared.values, field, visit);
          if (compared.set->empty()) continue;
          const auto named = std::ranges::find(table.sets, *compared.set, &Set::name);
          all = all && named != table.sets.end() && named->complete && !named->dynamic;
          if (named != table.sets.end()) each_value(*compared.terms, named->elements, field, visit);
        }
  return all;
}

} // namespace sshguardd::firewall
