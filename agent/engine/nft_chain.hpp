// Where a base chain of nft's JSON hangs. libnftables-json(5) "CHAIN".
#pragma once

#include "sshguardd/firewall.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace sshguardd::engine {

// Nothing: its hook, priority or policy is of no known kind.
[[nodiscard]] std::optional<firewall::Chain::Base> nft_base(const nlohmann::json& chain,
                                                            firewall::Family family);

} // namespace sshguardd::engine
