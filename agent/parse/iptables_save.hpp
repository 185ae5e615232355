// What iptables-save and ip6tables-save print, of nft and of legacy: the rules of one family
// (iptables-save(8)). nft(8) loses what iptables-nft's own expressions ask, this does not.
#pragma once

#include "sshguardd/firewall.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

inline constexpr std::size_t longest_rule_text = 400;

// Its tables, in its order; whether the text is all of it only the program's exit status tells, for
// it may end between two tables. What is no rule that it knows stands there all the same, as one
// that may do anything: a line that is damaged, at its place; where the end of a table lacks, at
// the end of its chains. The handle of such a rule is its place too, or "?" where it has none, as
// in front of the chains of a table that iptables cannot show.
[[nodiscard]] std::vector<firewall::Table> iptables_save(std::string_view text,
                                                         firewall::Family family, bool legacy);

// Tables that iptables-nft-save cannot show or not wholly: nft made rules or base chains in them.
// It says so in a comment, with success. nft(8) has to be asked for them, and replaces what
// iptables_save() has of them.
[[nodiscard]] std::vector<std::string> iptables_not_shown(std::string_view text);

} // namespace sshguardd::parse
