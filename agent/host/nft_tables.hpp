// Which tables nftables has, asked of the kernel itself: without nft(8), and without a child where
// there are none.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/firewall.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sshguardd::host {

// Empty also where the kernel has no nf_tables. Needs CAP_NET_ADMIN.
[[nodiscard]] Fact<std::vector<std::pair<firewall::Family, std::string>>> nft_tables();

} // namespace sshguardd::host
