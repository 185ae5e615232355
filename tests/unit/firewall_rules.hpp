// Rule sets of a few words, for tests of what evaluates them.
#pragma once

#include "sshguardd/firewall.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sshguardd::firewall::rules {

inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values)
    text += static_cast<char>(value);
  return text;
}
inline std::string number(std::uint32_t value) {
  return bytes({static_cast<int>(value >> 24), static_cast<int>(value >> 16 & 255),
                static_cast<int>(value >> 8 & 255), static_cast<int>(value & 255)});
}
inline std::string port(int value) {
  return bytes({value >> 8, value & 255});
}
inline std::string v6(int last) {
  return bytes({0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
}

inline Element element(std::string value) {
  Element one;
  one.parts.push_back({value, value});
  return one;
}
inline Element range(std::string from, std::string to) {
  Element one;
  one.parts.push_back({std::move(from), std::move(to)});
  return one;
}
inline Element leads(Element one, Verdict verdict) {
  one.verdict = std::move(verdict);
  return one;
}

inline Term term(Field field, std::string mask = {}) {
  return {.field = field, .mask = std::move(mask), .name = {}};
}
inline Match match(Field field, Match::Op op, std::vector<Element> values) {
  return {.op = op, .terms = {term(field)}, .values = std::move(values), .set = {}};
}
inline Match is(Field field, std::string value) {
  return match(field, Match::Op::equal, {element(std::move(value))});
}
inline Match is_not(Field field, std::string value) {
  return match(field, Match::Op::not_equal, {element(std::move(value))});
}
inline Match in_set(Field field, std::string set) {
  return {.op = Match::Op::equal, .terms = {term(field)}, .values = {}, .set = std::move(set)};
}
inline Match not_in_set(Field field, std::string set) {
  Match one = in_set(field, std::move(set));
  one.op = Match::Op::not_equal;
  return one;
}
inline Match dport(int value) {
  return is(Field::dport, port(value));
}
inline Match saddr(std::string address) {
  return is(Field::ip_saddr, std::move(address));
}

// What nft prints as "ct state established,related".
enum State : std::uint32_t { invalid = 1, established = 2, related = 4, fresh = 8, untracked = 64 };
inline Match ct(std::uint32_t states) {
  return match(Field::ct_state, Match::Op::any_bit, {element(number(states))});
}
inline Match unknown(std::string name) {
  Match one = is(Field::other, "x");
  one.terms[0].name = std::move(name);
  return one;
}

inline Verdict verdict(Verdict::Kind kind, std::string chain = {}) {
  return {.kind = kind, .chain = std::move(chain), .reject = {}, .only = {}};
}
inline const Verdict accept = verdict(Verdict::Kind::accept);
inline const Verdict drop = verdict(Verdict::Kind::drop);
inline const Verdict back = verdict(Verdict::Kind::back);
inline const Verdict go_on = verdict(Verdict::Kind::go_on);
inline Verdict jump(std::string chain) {
  return verdict(Verdict::Kind::jump, std::move(chain));
}
inline Verdict go_to(std::string chain) {
  return verdict(Verdict::Kind::go_to, std::move(chain));
}
inline Verdict reject(RejectKind kind = RejectKind::port_unreachable) {
  Verdict one = verdict(Verdict::Kind::reject);
  one.reject = kind;
  return one;
}

inline Open limit(std::string why = "limit rate 3/minute") {
  return {.why = std::move(why), .usually = true, .anything = false};
}
inline Open exceeded(std::string why = "recent: 6 in 30 s") {
  return {.why = std::move(why), .usually = false, .anything = false};
}
inline Open anything(std::string why = "xt match bpf") {
  return {.why = std::move(why), .usually = true, .anything = true};
}

// Numbers its rules from 1.
inline std::vector<Rule> numbered(std::vector<std::vector<Statement>> statements) {
  std::vector<Rule> list;
  for (auto& one : statements) {
    Rule rule;
    rule.handle = std::to_string(list.size() + 1);
    rule.statements = std::move(one);
    list.push_back(std::move(rule));
  }
  return list;
}

inline Chain chain(std::string name, std::vector<std::vector<Statement>> statements) {
  Chain one;
  one.name = std::move(name);
  one.rules = numbered(std::move(statements));
  return one;
}
inline Chain base(Hook hook, int priority, Verdict policy,
                  std::vector<std::vector<Statement>> statements = {},
                  std::string type = "filter") {
  Chain one = chain("base", std::move(statements));
  Chain::Base base;
  base.hook = hook;
  base.priority = priority;
  base.policy = std::move(policy);
  base.type = std::move(type);
  one.base = std::move(base);
  return one;
}
inline Chain input(Verdict policy, std::vector<std::vector<Statement>> statements = {},
                   int priority = 0) {
  return base(Hook::input, priority, std::move(policy), std::move(statements));
}
inline Chain nat(std::vector<std::vector<Statement>> statements, int priority = -100) {
  return base(Hook::prerouting, priority, accept, std::move(statements), "nat");
}
inline Chain named(std::string name, Chain one) {
  one.name = std::move(name);
  return one;
}

inline Table table(std::vector<Chain> chains, std::vector<Set> sets = {},
                   Family family = Family::inet, std::string name = "filter") {
  Table one;
  one.family = family;
  one.name = std::move(name);
  one.chains = std::move(chains);
  one.sets = std::move(sets);
  return one;
}
inline Set set(std::string name, std::vector<Element> elements) {
  Set one;
  one.name = std::move(name);
  one.elements = std::move(elements);
  return one;
}

inline const std::string client = bytes({203, 0, 113, 7});
inline const std::string server = bytes({192, 0, 2, 1});
inline const std::string client6 = v6(7);
inline const std::string server6 = v6(1);

inline Connection connection4() {
  Connection one;
  one.source = client;
  one.destination = server;
  one.interface = "eth0";
  one.local = {server, server6, bytes({127, 0, 0, 1})};
  one.way_back_by_interface = true;
  one.destination_is_its_own = true;
  return one;
}
inline Connection connection6() {
  Connection one = connection4();
  one.ipv6 = true;
  one.source = client6;
  one.destination = server6;
  return one;
}

} // namespace sshguardd::firewall::rules
