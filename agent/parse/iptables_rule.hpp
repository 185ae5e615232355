// The words of one rule of iptables-save as statements (iptables-extensions(8); the kernel's
// net/netfilter/xt_*.c say what each means).
#pragma once

#include "parse/iptables_words.hpp"
#include "sshguardd/firewall.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// Whether a chain of that name is declared in the same table.
using IsChain = std::function<bool(std::string_view)>;

// What decides nothing is left out: "-j LOG", "-m comment". What is not known is open.
[[nodiscard]] std::vector<firewall::Statement>
iptables_statements(const IptablesLine& line, bool ipv6, const IsChain& is_chain);

// One "-m", in iptables_match.cpp.
void add_match(const IptablesModule& module, bool ipv6, std::vector<firewall::Statement>& out);
// ... "tcp" and "multiport", in iptables_ports.cpp; "conntrack" and "state", in
// iptables_conntrack.cpp.
void add_tcp(const IptablesModule& module, bool ipv6, std::vector<firewall::Statement>& out);
void add_multiport(const IptablesModule& module, bool ipv6, std::vector<firewall::Statement>& out);
void add_conntrack(const IptablesModule& module, bool ipv6, std::vector<firewall::Statement>& out);

// One of those that nobody can decide who only reads, in iptables_open.cpp; also of names that
// nobody knows.
[[nodiscard]] firewall::Open open_match(const IptablesModule& module);
// ... and a single option of a known one.
[[nodiscard]] firewall::Open open_option(const IptablesModule& module, const IptablesOption& option,
                                         bool usually);

// "-j", in iptables_target.cpp.
void add_target(const IptablesModule& target, bool go_to, bool ipv6, const IsChain& is_chain,
                std::vector<firewall::Statement>& out);

[[nodiscard]] firewall::Match match_of(firewall::Field field,
                                       std::vector<firewall::Interval> values, bool negated = false,
                                       std::string mask = {});
// One that never fits.
[[nodiscard]] firewall::Match never_match();

} // namespace sshguardd::parse
