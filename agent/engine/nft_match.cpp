#include "engine/nft_match.hpp"

#include "engine/nft_json.hpp"
#include "engine/nft_statement.hpp"
#include "engine/nft_text.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sshguardd::engine {
namespace {

using namespace firewall;
using Json = nlohmann::json;

void anything(const Json& whole, std::vector<Statement>& out) {
  out.emplace_back(Open{nft_statement_text(whole), false, true});
}

// What a usual client's first packet decides by being one.
std::optional<bool> known(NftUsual usual, const Json& left, std::string_view op,
                          const Json& right) {
  if (op != "==" && op != "!=") return std::nullopt;
  if (usual == NftUsual::absent) {
    if (left.begin().value().contains("field")) return false; // there is none to look into
    if (!right.is_boolean()) return std::nullopt;
    return right.get<bool>() == (op == "!=");
  }
  if (!right.is_number_unsigned()) return std::nullopt;
  return (right.get<std::uint64_t>() == 0) == (op == "==");
}

void blind(NftKey key, const Json& right, std::vector<Statement>& out) {
  Match match;
  match.terms = std::move(key.terms);
  if (right.is_string() && right.get_ref<const std::string&>().starts_with('@'))
    match.set = right.get_ref<const std::string&>().substr(1);
  out.emplace_back(std::move(match));
}

// A set's elements are the interfaces that a route leaves by: which one it is, is not known.
bool comparable(const std::vector<NftKind>& kinds) {
  return std::ranges::find(kinds, NftKind::fib_oif) == kinds.end();
}

bool values(const std::vector<NftKind>& kinds, const Json& right, Match& match) {
  if (right.is_string() && right.get_ref<const std::string&>().starts_with('@')) {
    match.set = right.get_ref<const std::string&>().substr(1);
    return comparable(kinds);
  }
  const Json* set = nft_member(right, "set");
  if (set == nullptr || !set->is_array()) {
    if (right == "*" || (right.is_object() && right.contains("elem"))) return false;
    auto element = nft_element(kinds, right);
    if (element) match.values.push_back(std::move(*element));
    return element.has_value();
  }
  for (const Json& one : *set) {
    auto element = nft_element(kinds, one);
    if (!element) return false;
    match.values.push_back(std::move(*element));
  }
  return true;
}

bool operation(std::string_view op, const std::vector<NftKind>& kinds, const Json& right,
               Match& match) {
  struct Row {
    std::string_view word;
    Match::Op op;
  };
  static constexpr Row rows[] = {{"==", Match::Op::equal},      {"!=", Match::Op::not_equal},
                                 {"<", Match::Op::less},        {">", Match::Op::greater},
                                 {"<=", Match::Op::less_equal}, {">=", Match::Op::greater_equal},
                                 {"in", Match::Op::any_bit},    {"!", Match::Op::equal}};
  const auto* row = std::ranges::find(rows, op, &Row::word);
  if (row == std::end(rows)) return false;
  match.op = row->op;
  const bool scalar = op != "==" && op != "!=";
  if (!scalar) return values(kinds, right, match);
  if (kinds.size() != 1 || nft_size(kinds[0]) == 0) return false;
  if ((op == "in" || op == "!") && !nft_bits(kinds[0])) return false;
  auto bytes = nft_bytes(kinds[0], right);
  if (!bytes) return false;
  if (op == "!") { // `tcp flags ! fin,rst`: none of them
    if (!match.terms[0].mask.empty()) return false;
    match.terms[0].mask = *bytes;
    bytes = std::string(bytes->size(), '\0');
  }
  match.values.emplace_back().parts.push_back({*bytes, *bytes});
  return true;
}

} // namespace

void nft_need(const std::vector<NftNeed>& needs, std::vector<Statement>& out) {
  for (const NftNeed& one : needs) {
    const std::string value(1, static_cast<char>(one.value));
    Match match;
    match.terms.push_back({one.field, {}, {}});
    match.values.emplace_back().parts.push_back({value, value});
    out.emplace_back(std::move(match));
  }
}

void nft_unsure(const Json& whole, std::vector<Statement>& out) {
  Match open;
  open.terms.push_back(nft_unknown(nft_statement_text(whole)));
  out.emplace_back(std::move(open));
}

void nft_match(const Json& whole, const Json& value, std::vector<Statement>& out) {
  const Json* left = nft_member(value, "left");
  const Json* right = nft_member(value, "right");
  if (left == nullptr || right == nullptr) return anything(whole, out);
  NftKey key = nft_key(*left);
  nft_need(key.needs, out);
  const auto op = nft_word(value, "op");
  const NftUsual usual = nft_usual(*left);
  if (usual != NftUsual::ask) {
    if (const auto fits = known(usual, *left, op, *right))
      return *fits ? void() : nft_need({{Field::l4proto, 255}}, out);
    return nft_unsure(whole, out);
  }
  if (key.blind()) return blind(std::move(key), *right, out);
  Match match;
  match.terms = std::move(key.terms);
  if (!operation(op, key.kinds, *right, match)) return nft_unsure(whole, out);
  out.emplace_back(std::move(match));
}

void nft_vmap(const Json& whole, const Json& value, std::vector<Statement>& out) {
  const Json* left = nft_member(value, "key");
  const Json* data = nft_member(value, "data");
  if (left == nullptr || data == nullptr) return anything(whole, out);
  NftKey key = nft_key(*left);
  nft_need(key.needs, out);
  VerdictMap map;
  map.terms = std::move(key.terms);
  if (data->is_string() && data->get_ref<const std::string&>().starts_with('@')) {
    if (!comparable(key.kinds)) return anything(whole, out);
    map.set = data->get_ref<const std::string&>().substr(1);
    out.emplace_back(std::move(map));
    return;
  }
  const Json* set = nft_member(*data, "set");
  if (set == nullptr || !set->is_array()) return anything(whole, out);
  std::optional<Element> rest;
  for (const Json& pair : *set) {
    if (!pair.is_array() || pair.size() != 2) return anything(whole, out);
    auto element = nft_element(key.kinds, pair[0]);
    auto verdict = nft_verdict(pair[1]);
    if (!element || !verdict) return anything(whole, out);
    element->verdict = std::move(verdict);
    if (nft_everything(pair[0]))
      rest = std::move(element);
    else
      map.values.push_back(std::move(*element));
  }
  if (rest) map.values.push_back(std::move(*rest));
  out.emplace_back(std::move(map));
}

} // namespace sshguardd::engine
