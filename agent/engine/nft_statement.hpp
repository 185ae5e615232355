// What a rule does, of nft's JSON, into the vocabulary of firewalls. Every statement that is not
// known may do anything. libnftables-json(5), nft(8) "STATEMENTS".
#pragma once

#include "engine/nft_values.hpp"
#include "sshguardd/firewall.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sshguardd::engine {

// What the rules and objects of one table know of each other.
struct NftTableNames {
  std::map<std::string, bool> limits; // named ones; true: "over"
  std::set<std::string> fed;          // sets that packets add to: 1.0.6 lists no flag of it
  bool compat = false;                // it holds what only iptables-nft-save tells
};

[[nodiscard]] std::vector<firewall::Statement> nft_statements(const nlohmann::json& expressions,
                                                              NftTableNames& names);

[[nodiscard]] std::optional<firewall::Verdict> nft_verdict(const nlohmann::json& statement);

} // namespace sshguardd::engine
