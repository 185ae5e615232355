// "-m conntrack" and "-m state" (xt_conntrack.c:conntrack_mt(), libxt_conntrack.c).
#include "parse/iptables_rule.hpp"
#include "parse/iptables_values.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sshguardd::parse {
namespace {

using firewall::Element;
using firewall::Field;
using firewall::Match;
using firewall::Statement;

constexpr std::uint32_t invalid = 1;
constexpr std::uint32_t established = 2;
constexpr std::uint32_t related = 4;
constexpr std::uint32_t fresh = 8;
constexpr std::uint32_t untracked = 64;
constexpr std::uint32_t source_translated = 16;
constexpr std::uint32_t destination_translated = 32;

struct States {
  std::uint32_t state = 0;
  std::uint32_t status = 0; // SNAT and DNAT
};

std::optional<States> states_of(std::string_view text) {
  struct Name {
    std::string_view name;
    States states;
  };
  static constexpr Name names[] = {
      {"INVALID", {invalid, 0}},
      {"ESTABLISHED", {established, 0}},
      {"RELATED", {related, 0}},
      {"NEW", {fresh, 0}},
      {"UNTRACKED", {untracked, 0}},
      {"SNAT", {0, source_translated}},
      {"DNAT", {0, destination_translated}},
  };
  States states;
  for (const std::string_view one : listed(text)) {
    const auto* found = std::ranges::find(names, one, &Name::name);
    if (found == std::end(names)) return std::nullopt;
    states.state |= found->states.state;
    states.status |= found->states.status;
  }
  return states;
}

std::optional<std::uint32_t> status_of(std::string_view text) {
  struct Name {
    std::string_view name;
    std::uint32_t bits;
  };
  static constexpr Name names[] = {
      {"NONE", 0}, {"EXPECTED", 1}, {"SEEN_REPLY", 2}, {"ASSURED", 4}, {"CONFIRMED", 8}};
  std::uint32_t bits = 0;
  for (const std::string_view one : listed(text)) {
    const auto* found = std::ranges::find(names, one, &Name::name);
    if (found == std::end(names)) return std::nullopt;
    bits |= found->bits;
  }
  return bits;
}

Match any_bit(Field field, std::uint32_t bits, bool negated) {
  if (negated) return match_of(field, {exactly(0, 4)}, false, big_endian(bits, 4));
  Match match = match_of(field, {exactly(bits, 4)});
  match.op = Match::Op::any_bit;
  return match;
}

// "NEW,DNAT": in one of the states, or translated.
Match state_or_status(const States& states) {
  Match match;
  match.terms = {{.field = Field::ct_state, .mask = {}, .name = {}},
                 {.field = Field::ct_status, .mask = big_endian(states.status, 4), .name = {}}};
  const std::string none = big_endian(0, 4);
  const std::string all = big_endian(0xffffffff, 4);
  for (std::uint32_t bit = 1; bit <= untracked; bit <<= 1U) {
    if ((states.state & bit) == 0) continue;
    Element element;
    element.parts = {exactly(bit, 4), {none, all}};
    match.values.push_back(std::move(element));
  }
  Element translated;
  translated.parts = {{none, all}, {big_endian(1, 4), all}};
  match.values.push_back(std::move(translated));
  return match;
}

// A packet that no connection belongs to has no status to be asked for, yet it is not translated:
// the vocabulary has no words for that, so that SNAT and DNAT stay open there.
void add_states(const IptablesModule& module, const IptablesOption& option, const States& states,
                std::vector<Statement>& out) {
  const bool asks_state = states.state != 0;
  if (states.status == 0) {
    out.emplace_back(any_bit(Field::ct_state, states.state, option.negated));
  } else if (option.negated) {
    if (asks_state) out.emplace_back(any_bit(Field::ct_state, states.state, true));
    out.emplace_back(open_option(module, option, true));
  } else if ((states.state & (invalid | untracked)) != 0) {
    out.emplace_back(open_option(module, option, (states.state & fresh) != 0));
  } else {
    out.emplace_back(asks_state ? state_or_status(states)
                                : any_bit(Field::ct_status, states.status, false));
  }
}

bool is_state(const IptablesOption& option) {
  return option.name == "--ctstate" || option.name == "--state";
}

std::optional<States> states_in(const IptablesOption& option) {
  return option.values.size() == 1 ? states_of(option.values.front()) : std::nullopt;
}

// What else it may ask.
std::optional<Statement> other_option(const IptablesOption& option) {
  if (option.values.size() != 1) return std::nullopt;
  const std::string& value = option.values.front();
  if (option.name == "--ctstatus") {
    const auto bits = status_of(value);
    if (!bits) return std::nullopt;
    if (*bits == 0 && !option.negated) return never_match();
    return any_bit(Field::ct_status, *bits, option.negated);
  }
  if (option.name == "--ctdir" && (value == "ORIGINAL" || value == "REPLY"))
    return match_of(Field::ct_direction, {exactly(value == "REPLY" ? 1 : 0, 1)}, option.negated);
  if (option.name == "--ctproto") {
    const auto number = protocol_number(value);
    if (number) return match_of(Field::l4proto, {exactly(*number, 1)}, option.negated);
  }
  return std::nullopt;
}

// Of a packet that no connection belongs to only the state is asked; without --ctstate it never
// fits.
enum class Untracked { never_fits, others_apply, others_may_not };
Untracked without_connection(const IptablesModule& module) {
  const auto state = std::ranges::find_if(module.options, is_state);
  if (state == module.options.end()) return Untracked::never_fits;
  const auto states = states_in(*state);
  constexpr std::uint32_t none = invalid | untracked;
  const bool left_out = states && (states->state & none) == (state->negated ? none : 0U);
  return left_out ? Untracked::others_apply : Untracked::others_may_not;
}

} // namespace

void add_conntrack(const IptablesModule& module, bool, std::vector<Statement>& out) {
  const Untracked untracked_packets = without_connection(module);
  if (untracked_packets == Untracked::never_fits && !module.options.empty())
    out.emplace_back(any_bit(Field::ct_state, established | related | fresh, false));
  for (const IptablesOption& option : module.options) {
    if (is_state(option)) {
      const auto states = states_in(option);
      if (states)
        add_states(module, option, *states, out);
      else
        out.emplace_back(open_option(module, option, !option.negated));
      continue;
    }
    auto match = other_option(option);
    if (match && untracked_packets == Untracked::others_may_not) match.reset();
    out.push_back(match ? std::move(*match)
                        : Statement{open_option(module, option, option.negated)});
  }
}

} // namespace sshguardd::parse
