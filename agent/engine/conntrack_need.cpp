#include "engine/conntrack_need.hpp"

#include <algorithm>
#include <string_view>
#include <variant>

namespace sshguardd::firewall {
namespace {

// Of what is in no words that are known: "ct count", "ct original ip saddr", "connlimit ...".
bool names_it(std::string_view words) {
  return words.starts_with("ct ") || words.find("conn") != std::string_view::npos;
}

bool asks_it(const std::vector<Term>& terms) {
  return std::any_of(terms.begin(), terms.end(), [](const Term& term) {
    return (term.field >= Field::ct_state && term.field <= Field::ct_mark) ||
           (term.field == Field::other && names_it(term.name));
  });
}

// nf_ct_netns_get(): nft_ct.c, nft_nat.c, nft_redir.c, nft_masq.c, nft_connlimit.c, xt_conntrack.c,
// xt_state.c, xt_connmark.c, xt_nat.c, xt_CT.c, ... Not nft_ct.c's notrack.
struct Needs {
  bool operator()(const Match& match) const { return asks_it(match.terms); }
  bool operator()(const VerdictMap& map) const { return asks_it(map.terms); }
  bool operator()(const Open& open) const { return names_it(open.why); }
  bool operator()(const SetMark& set) const { return set.of_connection || set.copies; }
  bool operator()(const Translate&) const { return true; }
  bool operator()(const SetZone&) const { return true; }
  bool operator()(const Verdict&) const { return false; }
  bool operator()(const NoTrack&) const { return false; }
};

bool of_family(const Table& table, bool ipv6) {
  return table.family == Family::inet || table.family == Family::bridge ||
         table.family == (ipv6 ? Family::ip6 : Family::ip);
}

} // namespace

// Also of dormant tables: it is needed from when a rule is made until it is gone.
bool needs_conntrack(const Ruleset& rules, bool ipv6) {
  for (const Table& table : rules.tables) {
    if (!of_family(table, ipv6)) continue;
    for (const Chain& chain : table.chains)
      for (const Rule& rule : chain.rules)
        for (const Statement& statement : rule.statements)
          if (std::visit(Needs{}, statement)) return true;
  }
  return false;
}

} // namespace sshguardd::firewall
