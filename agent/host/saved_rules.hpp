// The firewall that the next boot loads, as the vocabulary has it: ufw, firewalld,
// nftables.service, netfilter-persistent, iptables.service. Blocking: only in a process of its own.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/firewall.hpp"

#include <string>
#include <vector>

namespace sshguardd::host {

struct SavedRules {
  firewall::Ruleset rules; // all of them together; `unread` has what could not be read
  std::string by;          // "ufw", "nftables.service, ufw"; empty: nothing is loaded
};

// Unknown: nobody could tell what is loaded at boot at all.
[[nodiscard]] Fact<SavedRules> saved_rules();

// The few of what decides it that change in everyday life, also where they are not there (yet): to
// watch.
[[nodiscard]] std::vector<std::string> saved_rules_watched();

// Of these, and of all that decides it, opaque: as long as the latter stays, so does what
// saved_rules() says. That reads unit directories, a few milliseconds; the former is a dozen
// stat(2).
[[nodiscard]] std::string saved_rules_hint();
[[nodiscard]] std::string saved_rules_identity();

} // namespace sshguardd::host
