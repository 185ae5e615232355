// Statements of the firewalls' vocabulary in short, for tables of tests: "l4proto==06 dport==0016
// drop".
#pragma once

#include "sshguardd/firewall.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sshguardd::firewall {

inline std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4U];
    text += digits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

inline constexpr std::string_view field_names[] = {
    "nfproto",       "protocol",      "l4proto",        "ip_saddr",       "ip_daddr",
    "ip6_saddr",     "ip6_daddr",     "sport",          "dport",          "tcp_flags",
    "ct_state",      "ct_status",     "ct_direction",   "ct_mark",        "iifname",
    "oifname",       "mark",          "pkttype",        "fib_daddr_type", "fib_saddr_type",
    "fib_saddr_oif", "fib_saddr_any", "fib_daddr_here", "icmpv6_type",    "hop_limit",
    "skuid",         "other"};

inline bool is_text(Field field) {
  return field == Field::iifname || field == Field::oifname;
}

inline std::string in_short(const Term& term) {
  const std::string name{field_names[static_cast<std::size_t>(term.field)]};
  return term.mask.empty() ? name : name + "&" + hex(term.mask);
}

inline std::string in_short(const Interval& value, Field field) {
  if (is_text(field)) return value.from;
  return value.from == value.to ? hex(value.from) : hex(value.from) + "-" + hex(value.to);
}

inline std::string in_short(const Match& match) {
  static constexpr std::string_view ops[] = {"==", "!=", "<", ">", "<=", ">=", "~"};
  std::string text;
  for (const Term& term : match.terms)
    text += (text.empty() ? "" : ".") + in_short(term);
  text += ops[static_cast<int>(match.op)];
  for (std::size_t i = 0; i < match.values.size(); ++i) {
    if (i > 0) text += ",";
    for (std::size_t part = 0; part < match.values[i].parts.size(); ++part)
      text +=
          (part > 0 ? "." : "") + in_short(match.values[i].parts[part], match.terms.at(part).field);
  }
  return text;
}

inline std::string in_short(const Verdict& verdict) {
  static constexpr std::string_view kinds[] = {"accept", "drop",   "reject",   "jump",
                                               "goto",   "return", "continue", "queue"};
  static constexpr std::string_view rejects[] = {
      "port",  "reset",           "host",           "net",    "prot",
      "admin", "host_prohibited", "net_prohibited", "policy", "other"};
  std::string text{kinds[static_cast<int>(verdict.kind)]};
  if (!verdict.chain.empty()) text += ":" + verdict.chain;
  if (verdict.kind == Verdict::Kind::reject)
    text.append(":").append(rejects[static_cast<int>(verdict.reject)]);
  return text;
}

inline std::string in_short(const Translate& translate) {
  if (translate.source) return "snat";
  std::string text = translate.redirect ? "redirect" : "dnat";
  if (!translate.address.empty()) text += ":" + hex(translate.address);
  if (translate.port) text += ":" + std::to_string(*translate.port);
  return text;
}

// "ctmark=(ctmark&fffffffe)^00000001", "mark=ctmark&0000ffff".
inline std::string in_short(const SetMark& set) {
  static constexpr char digits[] = "0123456789abcdef";
  const auto mask = [](std::uint32_t bits) {
    std::string text;
    for (int shift = 28; shift >= 0; shift -= 4)
      text += digits[bits >> shift & 15U];
    return text;
  };
  const std::string own = set.of_connection ? "ctmark" : "mark";
  const std::string other = set.of_connection ? "mark" : "ctmark";
  std::string text = own + "=";
  if (set.keep != 0) text += "(" + own + "&" + mask(set.keep) + ")^";
  if (set.copies) return text + other + (set.keep != 0 ? "&" + mask(~set.keep) : "");
  return text + (set.mark ? hex(*set.mark) : "?");
}

inline std::string in_short(const Statement& statement) {
  if (const auto* match = std::get_if<Match>(&statement)) return in_short(*match);
  if (const auto* verdict = std::get_if<Verdict>(&statement)) return in_short(*verdict);
  if (const auto* translate = std::get_if<Translate>(&statement)) return in_short(*translate);
  if (const auto* open = std::get_if<Open>(&statement))
    return open->anything ? "anything" : open->usually ? "open+" : "open-";
  if (const auto* set = std::get_if<SetMark>(&statement)) return in_short(*set);
  if (const auto* set = std::get_if<SetZone>(&statement))
    return "zone=" + (set->zone ? std::to_string(*set->zone) : std::string{"?"});
  return std::holds_alternative<NoTrack>(statement) ? "notrack" : "vmap";
}

inline std::string in_short(const std::vector<Statement>& statements) {
  std::string text;
  for (const Statement& one : statements)
    text += (text.empty() ? "" : " ") + in_short(one);
  return text;
}

} // namespace sshguardd::firewall
