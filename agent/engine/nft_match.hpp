// "match" and "vmap" of nft's JSON: whether a rule goes on, and where to. libnftables-json(5).
#pragma once

#include "engine/nft_expression.hpp"
#include "sshguardd/firewall.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace sshguardd::engine {

// `whole`: the statement; `value`: what is behind its name.
void nft_match(const nlohmann::json& whole, const nlohmann::json& value,
               std::vector<firewall::Statement>& out);
void nft_vmap(const nlohmann::json& whole, const nlohmann::json& value,
              std::vector<firewall::Statement>& out);

void nft_need(const std::vector<NftNeed>& needs, std::vector<firewall::Statement>& out);
// Whether it goes on is not known, and neither is likely.
void nft_unsure(const nlohmann::json& whole, std::vector<firewall::Statement>& out);

} // namespace sshguardd::engine
