// What a file of nftables makes of an empty rule set. The kernel reads it: nft loads it into a
// network name space of its own, which is gone afterwards, and lists it there.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/firewall.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// Blocking. Where we may not make a name space (the agent's unit), systemd runs it. A name space
// that cannot be made is Unknown: nothing of the file ever reaches the rules that are in force.
[[nodiscard]] Fact<firewall::Ruleset> nft_file_rules(const std::string& file);

// The child that loads and lists it there (host/own_child.hpp), so that no shell has to.
inline constexpr std::string_view load_nft_word = "load-nft";
[[nodiscard]] int load_nft_main(const std::vector<std::string>& arguments);

// The files that it includes, as patterns, with the directories from which nft takes them.
[[nodiscard]] std::vector<std::string> nft_includes(std::string_view text);

} // namespace sshguardd::host
