// A rule of nft's JSON in nft's own words, as far as it goes: people look for it by them.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>

namespace sshguardd::engine {

inline constexpr std::size_t nft_longest_text = 400;

// The statements of a rule; without counters, which nobody looks for. Bounded; untrusted.
[[nodiscard]] std::string nft_rule_text(const nlohmann::json& statements);
[[nodiscard]] std::string nft_statement_text(const nlohmann::json& statement);
[[nodiscard]] std::string nft_expression_text(const nlohmann::json& expression);

} // namespace sshguardd::engine
