#include "engine/nft_ruleset.hpp"

#include "engine/nft_chain.hpp"
#include "engine/nft_expression.hpp"
#include "engine/nft_json.hpp"
#include "engine/nft_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace sshguardd::engine {
namespace {

using namespace firewall;
using Json = nlohmann::json;

constexpr std::size_t longest_name = 256; // nf_tables' NFT_NAME_MAXLEN
constexpr std::size_t longest_comment = 256;

std::string word(const Json& object, const char* name) {
  return std::string{nft_word(object, name).substr(0, longest_name)};
}

std::optional<Family> family_of(const Json& json) {
  static constexpr std::pair<std::string_view, Family> rows[] = {
      {"ip", Family::ip},         {"ip6", Family::ip6},       {"inet", Family::inet},
      {"netdev", Family::netdev}, {"bridge", Family::bridge}, {"arp", Family::arp}};
  const std::string name = word(json, "family");
  for (const auto& [known, family] : rows) {
    if (known == name) return family;
  }
  return std::nullopt;
}

// 1.0.6 writes here what memory happens to hold: only what is one of these words is believed.
void table_flags(const Json& json, Table& table) {
  const Json* flags = nft_member(json, "flags");
  nft_each_word(flags, [&](const std::string& flag) {
    if (flag == "dormant")
      table.dormant = true;
    else if (flag != "owner" && flag != "persist")
      table.dormant_unsure = true;
  });
  if (table.dormant) table.dormant_unsure = false;
}

std::vector<NftKind> kinds_of(const Json& json) {
  std::vector<NftKind> kinds;
  const Json* type = nft_member(json, "type");
  if (type == nullptr) return kinds;
  if (const Json* of = nft_member(*type, "typeof")) return nft_key(*of).kinds;
  nft_each_word(type, [&](const std::string& name) {
    // "ipv4_addr . inet_service" is how the type of a map's values is written.
    for (std::size_t begin = 0; begin <= name.size();) {
      const std::size_t end = std::min(name.find(" . ", begin), name.size());
      kinds.push_back(nft_kind(name.substr(begin, end - begin)));
      begin = end + 3;
    }
  });
  return kinds;
}

bool counts_only(const Json* stmts) {
  if (stmts == nullptr) return true;
  const auto counts = [](const Json& one) {
    return one.is_object() && one.size() == 1 &&
           (one.begin().key() == "counter" || one.begin().key() == "last");
  };
  return stmts->is_array() ? std::ranges::all_of(*stmts, counts) : counts(*stmts);
}

std::string key_of(const Json& json, const std::string& table, const std::string& chain) {
  return word(json, "family") + ' ' + table + '\n' + chain;
}

} // namespace

NftReader::NftReader() : objects_{[this](std::string_view text) { object(text); }} {}

std::optional<Ruleset> NftReader::end() {
  if (!objects_.done()) return std::nullopt;
  for (std::size_t at = 0; at < rules_.tables.size(); ++at) {
    Table& table = rules_.tables[at];
    table.compat = names_[at].compat;
    for (Set& set : table.sets) {
      if (names_[at].fed.contains(set.name)) set.dynamic = true;
    }
  }
  return std::move(rules_);
}

void NftReader::unread(std::string what) {
  if (rules_.unread.size() >= most_unread) return;
  if (std::ranges::find(rules_.unread, what) != rules_.unread.end()) return;
  rules_.unread.push_back(std::move(what));
}

void NftReader::object(std::string_view text) {
  if (text.empty()) return unread("something in it is too big");
  std::size_t at = text.find_first_not_of(" \n\r\t", 1);
  at = std::min(at, text.size());
  const bool sets =
      text.substr(at).starts_with("\"set\"") || text.substr(at).starts_with("\"map\"");
  NftArray cut;
  if (sets) cut = cut_array(text, "elem");
  const Json json = Json::parse(sets ? std::string_view{cut.rest} : text, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.begin().value().is_object())
    return unread("something in it is no object of nft's");
  const std::string& kind = json.begin().key();
  const Json& value = json.begin().value();
  if (kind == "table") return table(value);
  if (kind == "chain") return chain(value);
  if (kind == "rule") return rule(value);
  if (kind == "set" || kind == "map") return set(value, cut.inside, kind == "map");
  if (kind == "limit") return limit(value);
  static constexpr std::string_view others[] = {
      "metainfo",  "counter",        "quota",   "ct helper", "ct timeout",
      "flowtable", "ct expectation", "secmark", "synproxy",  "tunnel"};
  if (std::ranges::find(others, kind) == std::end(others))
    unread("an object of a kind that is not known");
}

void NftReader::table(const Json& json) {
  const auto family = family_of(json);
  std::string name = word(json, "name");
  if (!family || name.empty()) return unread("a table that cannot be read");
  if (++things_count_ > most_chains) return unread("more tables");
  if (!tables_.try_emplace(key_of(json, name, {}), rules_.tables.size()).second)
    return unread("a table that is there twice");
  Table& table = rules_.tables.emplace_back();
  names_.emplace_back();
  table.family = *family;
  table.name = std::move(name);
  table_flags(json, table);
}

Table* NftReader::table_of(const Json& json) {
  const auto found = tables_.find(key_of(json, word(json, "table"), {}));
  if (found == tables_.end()) {
    unread("something of a table that is not listed");
    return nullptr;
  }
  table_at_ = found->second;
  return &rules_.tables[found->second];
}

void NftReader::chain(const Json& json) {
  Table* table = table_of(json);
  if (table == nullptr) return;
  Chain chain;
  chain.name = word(json, "name");
  if (chain.name.empty()) return unread("a chain that cannot be read");
  if (++things_count_ > most_chains) return unread("more chains");
  if (nft_member(json, "hook") != nullptr) {
    chain.base = nft_base(json, table->family);
    if (!chain.base) return unread("a chain's hook, priority or policy that is not known");
  }
  const std::pair place{table_at_, table->chains.size()};
  if (!chains_.try_emplace(key_of(json, table->name, chain.name), place).second)
    return unread("a chain that is there twice");
  table->chains.push_back(std::move(chain));
}

void NftReader::rule(const Json& json) {
  const auto found = chains_.find(key_of(json, word(json, "table"), word(json, "chain")));
  if (found == chains_.end()) return unread("a rule of a chain that is not listed");
  if (++rules_count_ > most_rules) return unread("more rules");
  const auto [table_at, chain_at] = found->second;
  Rule& rule = rules_.tables[table_at].chains[chain_at].rules.emplace_back();
  if (const Json* handle = nft_member(json, "handle");
      handle != nullptr && handle->is_number_unsigned())
    rule.handle = handle->dump();
  if (const Json* comment = nft_member(json, "comment"); comment != nullptr && comment->is_string())
    rule.comment = comment->get_ref<const std::string&>().substr(0, longest_comment);
  const Json* expr = nft_member(json, "expr");
  static const Json none;
  NftTableNames& names = names_[table_at];
  const bool before = std::exchange(names.compat, false);
  rule.statements = nft_statements(expr == nullptr ? none : *expr, names);
  rule.compat = names.compat;
  names.compat = names.compat || before;
  if (expr != nullptr && expr->is_array()) rule.text = nft_rule_text(*expr);
  if (rule.text.empty()) rule.text = "rule with handle " + rule.handle;
}

void NftReader::limit(const Json& json) {
  if (table_of(json) == nullptr) return;
  if (++things_count_ > most_chains) return unread("more limits");
  const Json* inv = nft_member(json, "inv");
  names_[table_at_].limits[word(json, "name")] = inv != nullptr && *inv == Json(true);
}

void NftReader::set(const Json& json, std::string_view elements, bool map) {
  Table* table = table_of(json);
  if (table == nullptr) return;
  if (++things_count_ > most_chains) return unread("more sets");
  Set set;
  set.name = word(json, "name");
  if (!chains_.try_emplace(key_of(json, table->name, "\n" + set.name)).second)
    return unread("a set that is there twice");
  nft_each_word(nft_member(json, "flags"), [&](const std::string& flag) {
    if (flag == "dynamic") set.dynamic = true;
  });
  const auto kinds = kinds_of(json);
  const Json* rest_of = nft_member(json, "elem");
  const bool empty = rest_of == nullptr || (rest_of->is_array() && rest_of->empty());
  // Elements with a limit of their own are there for some packets only; addresses, marks and the
  // like of other maps nobody looks up.
  const bool verdicts = !map || word(json, "map") == "verdict";
  const bool readable =
      empty && !kinds.empty() && verdicts && counts_only(nft_member(json, "stmt"));
  set.complete = readable;
  std::optional<Element> rest;
  while (readable && !elements.empty()) {
    if (++elements_count_ > most_elements) {
      set.complete = false;
      break;
    }
    const Json one = Json::parse(next_part(elements), nullptr, false);
    if (!element(set, kinds, one, map, rest)) set.complete = false;
  }
  // What is not listed by itself, behind all that is.
  if (rest) set.elements.push_back(std::move(*rest));
  set.elements.shrink_to_fit();
  table->sets.push_back(std::move(set));
}

bool NftReader::element(Set& into, const std::vector<NftKind>& kinds, const Json& json, bool map,
                        std::optional<Element>& rest) {
  if (map && (!json.is_array() || json.size() != 2)) return false;
  const Json& key = map ? json[0] : json;
  auto element = nft_element(kinds, key);
  if (!element) return false;
  if (map) {
    element->verdict = nft_verdict(json[1]);
    if (!element->verdict) return false;
  }
  const Json* wrapped = nft_member(key, "elem");
  const Json* val = wrapped == nullptr ? &key : nft_member(*wrapped, "val");
  if (val != nullptr && nft_everything(*val))
    rest = std::move(element);
  else
    into.elements.push_back(std::move(*element));
  // Parts of a kind that is not known say nothing.
  return std::ranges::find(kinds, NftKind::unknown) == kinds.end();
}

std::optional<Ruleset> nft_ruleset(std::string_view json) {
  NftReader reader;
  if (!reader.feed(json)) return std::nullopt;
  return reader.end();
}

} // namespace sshguardd::engine
