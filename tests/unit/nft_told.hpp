// What was read of a rule of nft's, in words that a table of a test can hold.
#pragma once

#include "engine/nft_ruleset.hpp"
#include "firewall_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sshguardd::engine::nft_told {

using namespace firewall;

inline std::string told(const std::vector<Term>& terms) {
  std::string text;
  for (const Term& term : terms) {
    if (!text.empty()) text += " . ";
    text += field_names[static_cast<std::size_t>(term.field)];
    if (!term.mask.empty()) text += '&' + hex(term.mask);
    if (!term.name.empty()) text += '<' + term.name + '>';
  }
  return text;
}

inline std::string told(const Verdict& verdict) {
  static constexpr std::string_view kinds[] = {"accept", "drop", "reject", "jump",
                                               "goto",   "back", "go on",  "queue"};
  std::string text{kinds[static_cast<std::size_t>(verdict.kind)]};
  if (!verdict.chain.empty()) text += ' ' + verdict.chain;
  if (verdict.kind == Verdict::Kind::reject)
    text += ' ' + std::to_string(static_cast<int>(verdict.reject));
  if (verdict.only) text += *verdict.only == Family::ip ? " ip" : " ip6";
  return text;
}

inline std::string told(const std::vector<Term>& terms, const std::vector<Element>& values,
                        const std::string& set) {
  if (!set.empty()) return '@' + set;
  std::string text;
  for (const Element& value : values) {
    if (!text.empty()) text += ", ";
    for (std::size_t at = 0; at < value.parts.size(); ++at) {
      if (at > 0) text += " . ";
      const auto& [from, to] = value.parts[at];
      const bool words = at < terms.size() && is_text(terms[at].field);
      text += words ? from : hex(from);
      if (from != to) text += '-' + (words ? to : hex(to));
    }
    if (value.verdict) text += " : " + told(*value.verdict);
  }
  return text;
}

struct Teller {
  std::string operator()(const Match& match) const {
    static constexpr std::string_view ops[] = {"==", "!=", "<", ">", "<=", ">=", "in"};
    return told(match.terms) + ' ' + std::string{ops[static_cast<std::size_t>(match.op)]} + ' ' +
           told(match.terms, match.values, match.set);
  }
  std::string operator()(const Verdict& verdict) const { return told(verdict); }
  std::string operator()(const VerdictMap& map) const {
    return told(map.terms) + " ? " + told(map.terms, map.values, map.set);
  }
  std::string operator()(const Open& open) const {
    return std::string{open.anything  ? "anything"
                       : open.usually ? "usually"
                                      : "seldom"} +
           " <" + open.why + '>';
  }
  std::string operator()(const Translate& to) const {
    if (to.source) return "snat";
    return "to " + hex(to.address) + (to.redirect ? "itself" : "") + ':' +
           (to.port ? std::to_string(*to.port) : "");
  }
  std::string operator()(const SetMark& mark) const { return in_short(mark); }
  std::string operator()(const SetZone& set) const {
    return "zone " + (set.zone ? std::to_string(*set.zone) : "?");
  }
  std::string operator()(const NoTrack&) const { return "notrack"; }
};

inline std::string told(const Rule& rule) {
  std::string text;
  for (const Statement& statement : rule.statements) {
    if (!text.empty()) text += " | ";
    text += std::visit(Teller{}, statement);
  }
  return text;
}

inline std::string listing(const std::string& objects) {
  return R"({"nftables": [{"metainfo": {"version": "1.0.6"}}, )" + objects + "]}";
}

inline std::string with_rule(const std::string& statements) {
  return listing(R"({"table": {"family": "inet", "name": "t", "handle": 1}},
    {"limit": {"family": "inet", "table": "t", "name": "ok", "rate": 3, "per": "minute"}},
    {"limit": {"family": "inet", "table": "t", "name": "much", "rate": 3, "inv": true}},
    {"chain": {"family": "inet", "table": "t", "name": "c", "handle": 2}},
    {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 3, "expr": [)" +
                 statements + "]}}");
}

inline Rule rule_of(const std::string& statements) {
  const auto rules = nft_ruleset(with_rule(statements));
  if (!rules || rules->tables.size() != 1 || rules->tables[0].chains[0].rules.size() != 1)
    return {.handle = {}, .text = "none", .comment = {}, .statements = {}};
  EXPECT_TRUE(rules->unread.empty()) << statements;
  return rules->tables[0].chains[0].rules[0];
}

struct Row {
  std::string json;
  std::string_view read;
  std::string_view text;
};

inline void expect(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const Rule rule = rule_of(row.json);
    EXPECT_EQ(told(rule), row.read) << row.json;
    if (row.text.empty()) continue;
    EXPECT_EQ(rule.text, row.text) << row.json;
  }
}

inline std::string match(const std::string& left, const std::string& op, const std::string& right) {
  return R"({"match": {"op": ")" + op + R"(", "left": )" + left + R"(, "right": )" + right + "}}";
}
inline std::string payload(const std::string& protocol, const std::string& field) {
  return R"({"payload": {"protocol": ")" + protocol + R"(", "field": ")" + field + R"("}})";
}
inline std::string meta(const std::string& key) {
  return R"({"meta": {"key": ")" + key + R"("}})";
}
inline std::string ct(const std::string& key) {
  return R"({"ct": {"key": ")" + key + R"("}})";
}
inline std::string masked(const std::string& left, const std::string& mask) {
  return R"({"&": [)" + left + ", " + mask + "]}";
}

} // namespace sshguardd::engine::nft_told
