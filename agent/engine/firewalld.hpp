// What the names of firewalld's tables and chains tell, so that a rule of it can be explained where
// nobody answers for it any more. firewalld's core/nftables.py, core/fw_policy.py.
#pragma once

#include "sshguardd/firewall.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

struct FirewalldPlace {
  std::string zone;   // "public" of filter_IN_public_allow; or empty
  std::string policy; // "mine" of filter_IN_policy_mine_deny; or empty
  // "pre" (rich rules of negative priority), "log", "deny", "allow", "post"; empty: what its target
  // does to all the rest.
  std::string part;
  bool panic = false;  // panic mode: everything is dropped
  bool reload = false; // it loads its rules, and keeps new connections out meanwhile
};

// Zones and policies have names of letters, digits and "_-/" (core/io/zone.py). Whoever writes
// rules by hand may have named them as he likes, and commands are made of them.
[[nodiscard]] bool is_firewalld_name(std::string_view name);

// What a zone has for that port, behind "--add-": "service=ssh", "port=2222/tcp".
[[nodiscard]] std::string firewalld_entry(std::uint16_t port);

// Of a rule that is firewalld's; `rules` hold it.
[[nodiscard]] FirewalldPlace firewalld_place(const firewall::Place& place,
                                             const firewall::Ruleset& rules);

// The chain of the zone or policy that it is about. From firewalld 2.3 on a zone's target stands in
// the chain that has all zones, right behind the jump to the zone's own (nftables.py).
[[nodiscard]] std::string firewalld_chain(const firewall::Place& place,
                                          const firewall::Ruleset& rules);

// What is known of it by the name alone: "the target of zone drop"; or empty.
[[nodiscard]] std::string in_words(const FirewalldPlace& place);

// What firewalld itself says of a zone.
struct FirewalldZone {
  bool running = false;
  std::string target; // "default" (rejects), "DROP", "%%REJECT%%", "ACCEPT"; empty: not asked for
  std::vector<std::string> services;
  std::vector<std::string> ports; // "22/tcp"
  std::vector<std::string> rich_rules;
  std::vector<std::string> sources;
  bool permanent_differs = false;

  // But for the order, in which a daemon that was reloaded has them anew.
  [[nodiscard]] bool differs(const FirewalldZone& other) const;
};
// "which has services dhcpv6-client, target default; ..."; names of it are untrusted.
[[nodiscard]] std::string in_words(const FirewalldZone& zone);

// The command that lets a port in ahead of it; source: for that address alone, as far as a rule
// that denies has to be overruled; empty: for all. Empty where firewall-cmd does not help.
[[nodiscard]] std::string firewall_cmd(const FirewalldPlace& place, std::uint16_t port,
                                       const std::string& source, bool ipv6);

} // namespace sshguardd::engine
