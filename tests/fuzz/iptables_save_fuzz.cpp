#include "harness.hpp"
#include "parse/iptables_save.hpp"

#include <string>
#include <variant>

using namespace sshguardd;

namespace {

// Of its field's size, so that ranges can be compared.
void check(const firewall::Match& match) {
  fuzz::require(!match.terms.empty() && !match.values.empty());
  for (const firewall::Element& element : match.values) {
    fuzz::require(element.parts.size() == match.terms.size());
    for (std::size_t i = 0; i < match.terms.size(); ++i) {
      const firewall::Term& term = match.terms[i];
      const bool name =
          term.field == firewall::Field::iifname || term.field == firewall::Field::oifname;
      const firewall::Interval& part = element.parts[i];
      fuzz::require(name ? part.from == part.to : part.from.size() == part.to.size());
      fuzz::require(!part.from.empty());
      fuzz::require(term.mask.empty() || term.mask.size() == part.from.size());
    }
  }
}

void check(const firewall::Rule& rule) {
  fuzz::require(rule.text.size() <= parse::longest_rule_text);
  fuzz::require(rule.comment.size() <= 256);
  for (const firewall::Statement& statement : rule.statements) {
    if (const auto* match = std::get_if<firewall::Match>(&statement)) check(*match);
    if (const auto* open = std::get_if<firewall::Open>(&statement))
      fuzz::require(!open->why.empty() && open->why.size() <= 300);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  for (const auto family : {firewall::Family::ip, firewall::Family::ip6}) {
    for (const firewall::Table& table : parse::iptables_save(text, family, false)) {
      fuzz::require(table.family == family);
      for (const firewall::Chain& chain : table.chains) {
        for (const firewall::Rule& rule : chain.rules)
          check(rule);
      }
    }
  }
  // A table of its own is read whatever stands before it.
  const auto more = parse::iptables_save(std::string{text.substr(0, 10'000)} +
                                             "\nCOMMIT\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n",
                                         firewall::Family::ip, false);
  fuzz::require(!more.empty());
  return 0;
}
