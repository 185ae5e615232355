#include "engine/nft_chain.hpp"

#include "engine/nft_json.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace sshguardd::engine {
namespace {

using namespace firewall;
using Json = nlohmann::json;

constexpr std::size_t longest_device = 64;
constexpr std::size_t longest_type = 16;

std::optional<Hook> hook_of(std::string_view name) {
  static constexpr std::pair<std::string_view, Hook> rows[] = {
      {"ingress", Hook::ingress}, {"prerouting", Hook::prerouting},
      {"input", Hook::input},     {"forward", Hook::forward},
      {"output", Hook::output},   {"postrouting", Hook::postrouting},
      {"egress", Hook::egress}};
  for (const auto& [known, hook] : rows) {
    if (known == name) return hook;
  }
  return std::nullopt;
}

// nft(8) "STANDARD PRIORITY NAMES AND HOOK COMPATIBILITY MATRIX": those of bridges are others.
std::optional<std::int64_t> named_priority(std::string_view name, Family family) {
  struct Row {
    std::string_view name;
    std::int64_t inet;
    std::int64_t bridge;
  };
  static constexpr Row rows[] = {
      {"raw", -300, -300},  {"mangle", -150, -150}, {"dstnat", -100, -300}, {"filter", 0, -200},
      {"security", 50, 50}, {"srcnat", 100, 300},   {"out", 100, 100}};
  for (const Row& row : rows) {
    if (row.name == name) return family == Family::bridge ? row.bridge : row.inet;
  }
  return std::nullopt;
}

std::optional<std::int64_t> priority(const Json* json, Family family, int depth = 0) {
  if (json == nullptr || depth > 2) return std::nullopt;
  if (json->is_number_integer()) {
    if (json->is_number_unsigned() &&
        json->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int32_t>::max()})
      return std::nullopt;
    return json->get<std::int64_t>();
  }
  if (json->is_string()) return named_priority(json->get_ref<const std::string&>(), family);
  if (!json->is_object() || json->size() != 1) return std::nullopt;
  const std::string& sign = json->begin().key();
  const Json& parts = json->begin().value();
  if ((sign != "+" && sign != "-") || !parts.is_array() || parts.size() != 2) return std::nullopt;
  const auto one = priority(&parts[0], family, depth + 1);
  const auto other = priority(&parts[1], family, depth + 1);
  if (!one || !other) return std::nullopt;
  return sign == "+" ? *one + *other : *one - *other;
}

} // namespace

std::optional<Chain::Base> nft_base(const Json& chain, Family family) {
  const auto hook = hook_of(nft_word(chain, "hook"));
  const auto prio = priority(nft_member(chain, "prio"), family);
  if (!hook || !prio || *prio != static_cast<std::int32_t>(*prio)) return std::nullopt;
  Chain::Base base;
  base.hook = *hook;
  base.priority = static_cast<int>(*prio);
  base.type = nft_word(chain, "type").substr(0, longest_type);
  const auto policy = nft_word(chain, "policy");
  if (policy == "drop") base.policy.kind = Verdict::Kind::drop;
  if (policy != "drop" && policy != "accept" && nft_member(chain, "policy") != nullptr)
    return std::nullopt;
  nft_each_word(nft_member(chain, "dev"), [&](const std::string& dev) {
    if (!dev.empty()) base.devices.push_back(dev.substr(0, longest_device));
  });
  return base;
}

} // namespace sshguardd::engine
