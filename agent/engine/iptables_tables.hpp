// iptables-nft's tables, of which two programs tell: nft(8) has all rules, and not what iptables'
// own expressions (xt) ask; iptables-nft-save has those, and drops without a word what no option of
// iptables stands for, of rules that somebody else has put there. Pure.
#pragma once

#include "sshguardd/firewall.hpp"

#include <string_view>

namespace sshguardd::engine {

// "filter", "nat", "mangle", "raw", "security".
[[nodiscard]] bool is_iptables_name(std::string_view table);

// Its name and its chains are iptables' own, or it holds xt (Table::compat).
[[nodiscard]] bool is_iptables_table(const firewall::Table& table);

// Into the table of that name: rules with xt as iptables-nft-save has them, all others as nft has
// them. A chain of which both have not as many rules may do anything. The whole table where nft has
// told of no chain, or of no such table.
void take_saved(firewall::Ruleset& rules, firewall::Table saved);

} // namespace sshguardd::engine
