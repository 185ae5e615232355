// What `nft -j list ruleset` says -> the vocabulary of firewalls. It takes the text in parts, as it
// comes from the child, and holds one object of it at a time (of a set one element), beside what it
// makes of them. Not for listings without elements (-t): their sets look empty.
#pragma once

#include "engine/nft_objects.hpp"
#include "engine/nft_statement.hpp"
#include "sshguardd/firewall.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sshguardd::engine {

class NftReader {
public:
  static constexpr std::size_t most_rules = 200'000;
  static constexpr std::size_t most_elements = 200'000;
  static constexpr std::size_t most_chains = 50'000; // also tables, sets
  static constexpr std::size_t most_unread = 16;

  NftReader();
  NftReader(const NftReader&) = delete;
  NftReader& operator=(const NftReader&) = delete;

  // False: this is no such listing.
  [[nodiscard]] bool feed(std::string_view part) { return objects_.feed(part); }
  // Nothing: it was no such listing, or it was cut off. Once.
  [[nodiscard]] std::optional<firewall::Ruleset> end();

private:
  using Json = nlohmann::json;

  void object(std::string_view text);
  void table(const Json& json);
  void chain(const Json& json);
  void rule(const Json& json);
  void limit(const Json& json);
  void set(const Json& json, std::string_view elements, bool map);
  bool element(firewall::Set& into, const std::vector<NftKind>& kinds, const Json& json, bool map,
               std::optional<firewall::Element>& rest);
  firewall::Table* table_of(const Json& json);
  void unread(std::string what);

  NftObjects objects_;
  firewall::Ruleset rules_;
  std::unordered_map<std::string, std::size_t> tables_;
  std::unordered_map<std::string, std::pair<std::size_t, std::size_t>> chains_;
  std::vector<NftTableNames> names_; // one for each table
  std::size_t table_at_ = 0;         // the last that table_of() found
  std::size_t rules_count_ = 0;
  std::size_t elements_count_ = 0;
  std::size_t things_count_ = 0;
};

[[nodiscard]] std::optional<firewall::Ruleset> nft_ruleset(std::string_view json);

} // namespace sshguardd::engine
