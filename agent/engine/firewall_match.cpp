#include "engine/firewall_match.hpp"

#include <algorithm>

namespace sshguardd::firewall {
namespace {

using Op = Match::Op;
using Known = Value::Known;

Fits of(bool fits) {
  return fits ? Fits::yes : Fits::no;
}

Fits inverted(Fits fits) {
  if (fits == Fits::maybe) return fits;
  return fits == Fits::yes ? Fits::no : Fits::yes;
}

std::string masked(std::string bytes, const std::string& mask) {
  if (mask.size() != bytes.size()) return bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(bytes[i] & mask[i]);
  return bytes;
}

bool no_bits(const std::string& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; });
}

bool name_fits(const std::string& pattern, const std::string& name) {
  if (pattern.empty() || pattern.back() != '*') return pattern == name;
  return name.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0;
}

// Bytes are compared unsigned, as char_traits<char> does.
bool within(const Interval& interval, const std::string& bytes) {
  return interval.from <= bytes && bytes <= interval.to;
}

// Whatever its value is. No client has the port 0.
bool holds_all(const Term& term, const Interval& interval) {
  if (is_text(term.field)) return interval.from == "*";
  if (!term.mask.empty() || interval.to.empty()) return false;
  if (interval.to != std::string(interval.to.size(), '\xff')) return false;
  if (no_bits(interval.from)) return true;
  return term.field == Field::sport && interval.from == std::string("\0\1", 2);
}

// Bits that may be otherwise: only a difference in the others is sure.
Fits partly_equal(const Value& value, const Term& term, const Interval& interval) {
  const std::string unsure = masked(value.unsure, term.mask);
  const std::string bytes = masked(value.bytes, term.mask);
  if (interval.from.size() != bytes.size()) return Fits::maybe;
  if (no_bits(unsure)) return of(within(interval, bytes));
  if (interval.from != interval.to) return Fits::maybe;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (((bytes[i] ^ interval.from[i]) & ~unsure[i]) != 0) return Fits::no;
  return Fits::maybe;
}

// Some value of a range.
Fits between_equal(const Value& value, const Term& term, const Interval& interval) {
  const std::size_t size = value.bytes.size();
  if (!term.mask.empty() || interval.from.size() != size || interval.to.size() != size)
    return Fits::maybe;
  if (interval.to < value.bytes || interval.from > value.unsure) return Fits::no;
  const bool all = interval.from <= value.bytes && value.unsure <= interval.to;
  return all ? Fits::yes : Fits::maybe;
}

Fits equal(const Value& value, const Term& term, const Interval& interval) {
  if (value.known == Known::between) return between_equal(value, term, interval);
  if (value.known == Known::no) return holds_all(term, interval) ? Fits::yes : Fits::maybe;
  if (is_text(term.field)) return of(name_fits(interval.from, value.bytes));
  if (value.known == Known::partly) return partly_equal(value, term, interval);
  const std::size_t size = value.bytes.size();
  // Of another size it is not understood.
  if (interval.from.size() != size || interval.to.size() != size) return Fits::maybe;
  if (!term.mask.empty() && term.mask.size() != size) return Fits::maybe;
  return of(within(interval, masked(value.bytes, term.mask)));
}

Fits any_bit(const Value& value, const Term& term, const Interval& interval) {
  const std::string asked = masked(interval.from, term.mask);
  if (is_text(term.field)) return Fits::maybe;
  if (value.known == Known::no || value.known == Known::between)
    return no_bits(asked) ? Fits::no : Fits::maybe;
  if (asked.size() != value.bytes.size()) return Fits::maybe;
  Fits result = Fits::no;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const int unsure = value.unsure.empty() ? 0 : value.unsure[i];
    if ((value.bytes[i] & asked[i] & ~unsure) != 0) return Fits::yes;
    if ((unsure & asked[i]) != 0) result = Fits::maybe;
  }
  return result;
}

Fits ordered(Op op, const Value& value, const Term& term, const Interval& interval) {
  if (value.known == Known::between && term.mask.empty()) {
    Value low = value, high = value;
    low.known = high.known = Known::yes;
    high.bytes = value.unsure;
    const Fits least = ordered(op, low, term, interval), most = ordered(op, high, term, interval);
    return least == most ? least : Fits::maybe;
  }
  if (value.known != Known::yes || is_text(term.field)) return Fits::maybe;
  if (interval.from.size() != value.bytes.size()) return Fits::maybe;
  const std::string bytes = masked(value.bytes, term.mask);
  switch (op) {
  case Op::less:
    return of(bytes < interval.from);
  case Op::greater:
    return of(bytes > interval.to);
  case Op::less_equal:
    return of(bytes <= interval.to);
  default:
    return of(bytes >= interval.from);
  }
}

Fits part_fits(Op op, const Value& value, const Term& term, const Interval& interval) {
  switch (op) {
  case Op::equal:
  case Op::not_equal:
    return equal(value, term, interval);
  case Op::any_bit:
    return any_bit(value, term, interval);
  default:
    return ordered(op, value, term, interval);
  }
}

Fits element_fits(Op op, const std::vector<Value>& values, const std::vector<Term>& terms,
                  const Element& element) {
  if (element.parts.size() != terms.size()) return Fits::maybe;
  Fits result = Fits::yes;
  for (std::size_t i = 0; i < terms.size() && result != Fits::no; ++i)
    result = std::min(result, part_fits(op, values[i], terms[i], element.parts[i]));
  return result;
}

// Nothing: a rule about it ends there, whatever the operator (NFT_BREAK).
std::optional<std::vector<Value>> values_of(const std::vector<Term>& terms, const Moment& moment,
                                            const State& state) {
  std::vector<Value> values;
  for (const Term& term : terms) {
    values.push_back(value_of(term.field, moment, state));
    if (values.back().known == Known::absent) return std::nullopt;
  }
  return values;
}

Doubt about(const std::vector<Term>& terms, const std::vector<Value>& values) {
  for (std::size_t i = 0; i < terms.size(); ++i)
    if (values[i].known != Known::yes)
      return {.of = Doubt::Of::field, .name = terms[i].name, .field = terms[i].field};
  return {.of = Doubt::Of::words, .name = "a value that is not understood", .field = {}};
}

// Clients take a port of the middle of the range that is theirs; sshd is root's.
std::optional<bool> of_usual_value(const Match& match) {
  if (match.terms.size() != 1 || !match.set.empty()) return std::nullopt;
  const Field field = match.terms[0].field;
  if (field != Field::sport && field != Field::skuid) return std::nullopt;
  const Value usual{.known = Known::yes,
                    .bytes = field == Field::sport ? "\xc3\x50" : std::string(4, '\0'),
                    .unsure = {}};
  const bool any = std::any_of(match.values.begin(), match.values.end(), [&](const Element& one) {
    return element_fits(match.op, {usual}, match.terms, one) == Fits::yes;
  });
  return any != (match.op == Op::not_equal);
}

struct Among {
  Fits fits = Fits::no;
  const Element* element = nullptr;
};

Among among(const std::vector<Element>& elements, const Match& match,
            const std::vector<Value>& values, std::size_t& work) {
  Among result;
  for (const Element& element : elements) {
    ++work;
    const Fits fits = element_fits(match.op, values, match.terms, element);
    if (fits == Fits::yes) return {.fits = fits, .element = &element};
    result.fits = std::max(result.fits, fits);
  }
  return result;
}

std::string_view question(Field field) {
  switch (field) {
  case Field::iifname:
    return "which interface it comes in by";
  case Field::oifname:
    return "which interface the answer leaves by";
  case Field::sport:
  case Field::dport:
    return "the client's port";
  case Field::mark:
  case Field::ct_mark:
    return "a mark that something else sets";
  case Field::fib_saddr_any:
    return "whether there is a way back";
  case Field::fib_saddr_oif:
    return "whether the way back is by the same interface";
  case Field::ct_state:
  case Field::ct_status:
  case Field::ct_direction:
    return "what connection tracking knows of it";
  case Field::hop_limit:
    return "how far away the client is";
  case Field::skuid:
    return "whose program the packet is of";
  default:
    return "an address or type that is not known";
  }
}

} // namespace

std::string in_words(const Doubt& doubt) {
  std::string name(doubt.name);
  switch (doubt.of) {
  case Doubt::Of::words:
    return name;
  case Doubt::Of::field:
    return name.empty() ? std::string(question(doubt.field)) : name;
  case Doubt::Of::set:
    return name.empty() ? "a set that is not known in full"
                        : "set " + name + ", which is not known in full";
  case Doubt::Of::packets_add:
    return "set " + name + ", to which packets add";
  case Doubt::Of::chain:
    return "chain " + name + ", which is not known";
  case Doubt::Of::circle:
    return "chain " + name + ", which leads back to itself";
  case Doubt::Of::depth:
    return "chain " + name + ", which is too deep to follow";
  case Doubt::Of::devices:
    return "which interfaces chain " + name + " is for";
  case Doubt::Of::bridge:
    return "whether it comes in through a bridge";
  case Doubt::Of::dormant:
    return "whether table " + name + " is dormant";
  case Doubt::Of::local:
    return "whether it is translated to an address of this machine";
  case Doubt::Of::order:
    return "which of two chains of the same priority comes first";
  case Doubt::Of::much:
    return "more rules and sets than are looked at";
  }
  return name;
}

Fit fit(const Match& match, const Set* set, const Moment& moment, const State& state,
        std::size_t& work) {
  ++work;
  const auto values = values_of(match.terms, moment, state);
  if (!values) return {.fits = Fits::no, .doubt = {}, .usually = {}, .element = nullptr};
  Fit result{.fits = Fits::no, .doubt = about(match.terms, *values), .usually = {}, .element = {}};
  if (match.terms.empty() || (match.values.empty() && match.set.empty())) {
    result.fits = Fits::maybe;
    return result;
  }
  Among found = among(match.values, match, *values, work);
  if (found.fits != Fits::yes && set) {
    const Among named = among(set->elements, match, *values, work);
    if (named.fits >= found.fits) found = named;
  }
  result.fits = found.fits;
  result.element = found.element;
  if (result.fits == Fits::no && !match.set.empty()) {
    const bool whole = set && set->complete;
    if (!whole || set->dynamic) {
      result.fits = Fits::maybe;
      result.doubt = {.of = whole ? Doubt::Of::packets_add : Doubt::Of::set,
                      .name = match.set,
                      .field = Field::other};
      if (whole) result.usually = match.op == Op::not_equal;
    }
  } else if (result.fits == Fits::maybe) {
    result.usually = of_usual_value(match);
  }
  if (match.op == Op::not_equal) result.fits = inverted(result.fits);
  return result;
}

Found find(const VerdictMap& map, const Set* set, const Moment& moment, const State& state,
           std::size_t& work) {
  ++work;
  Found found;
  const auto values = values_of(map.terms, moment, state);
  if (!values) return found;
  found.doubt = about(map.terms, *values);
  const auto look = [&](const std::vector<Element>& elements) {
    for (const Element& element : elements) {
      if (found.sure) return;
      ++work;
      const Fits fits = element_fits(Op::equal, *values, map.terms, element);
      if (fits == Fits::yes) found.sure = &element;
      if (fits == Fits::maybe) found.maybe.push_back(&element);
    }
  };
  look(map.values);
  if (set) look(set->elements);
  if (found.sure || map.set.empty()) return found;
  found.all = set && set->complete && !set->dynamic;
  if (!found.all && found.maybe.empty()) {
    found.doubt = {.of = set && set->complete ? Doubt::Of::packets_add : Doubt::Of::set,
                   .name = map.set,
                   .field = Field::other};
  }
  return found;
}

} // namespace sshguardd::firewall
