// A rule as people write it for iptables-restore, in the words in which iptables-save prints it:
// long names of options, modules that a protocol loads by itself, lists of addresses, names of
// ports (xshared.c:do_parse(), iptables.c:add_entry loops).
#pragma once

#include <string>
#include <vector>

namespace sshguardd::parse {

// `words`: what follows "-A CHAIN". Of several addresses a rule each. What is not known stays as it
// is, and whoever reads the rule then takes it for one that may do anything.
[[nodiscard]] std::vector<std::vector<std::string>>
plain_iptables_rules(const std::vector<std::string>& words);

// In quotes where it has to be, as xtables_save_string() does it.
[[nodiscard]] std::string iptables_word(const std::string& word);

} // namespace sshguardd::parse
