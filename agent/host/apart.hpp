// A program of the system that loads rules of the firewall, run where they reach nobody: in a
// network name space of its own, which is gone afterwards.
#pragma once

#include "sshguardd/fact.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// Blocking. What it prints behind a line "loaded". Where we may not make a name space (the agent's
// unit), systemd runs it. Unknown: no such line, it failed, or no name space could be made; nothing
// is run then.
[[nodiscard]] Fact<std::string> run_apart(const std::vector<std::string>& argv,
                                          std::chrono::seconds deadline);

// The line "{"nftables": ...}" of nft's in it; empty: there is none.
[[nodiscard]] std::string_view nft_listing(std::string_view text);

} // namespace sshguardd::host
