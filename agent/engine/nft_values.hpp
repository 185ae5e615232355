// Values of nft's JSON -> raw bytes, as the vocabulary of firewalls holds them. What cannot be read
// is nothing: who asks has to leave it open. libnftables-json(5), nft(8) "DATA TYPES".
#pragma once

#include "sshguardd/firewall.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

// How a value is written. Of `unknown` nothing is read, and nothing has to be.
enum class NftKind {
  unknown,
  ip,
  ip6,
  port,
  l4proto,
  ethertype,
  nfproto,
  mark,
  ct_state,
  ct_status,
  ct_direction,
  tcp_flags,
  pkttype,
  icmpv6_type,
  hops,
  uid,
  fib_type,
  fib_oif, // there is one, or none
  name,    // of an interface; a last * stands for any rest
  index    // of an interface: its name while there is one
};

[[nodiscard]] std::size_t nft_size(NftKind kind); // 0: text, or unknown
[[nodiscard]] bool nft_bits(NftKind kind);        // a value is a set of flags
// A datatype's name in a set's "type".
[[nodiscard]] NftKind nft_kind(std::string_view datatype);

// A scalar; of flags also a list of them, or {"|": [...]}.
[[nodiscard]] std::optional<std::string> nft_bytes(NftKind kind, const nlohmann::json& value);
// ... or a prefix, or a range. "*" is everything there is: the rest, in a set.
[[nodiscard]] std::optional<firewall::Interval> nft_interval(NftKind kind,
                                                             const nlohmann::json& value);
// A set's element: a part for each of the kinds, what comes after it, how long it stays.
[[nodiscard]] std::optional<firewall::Element> nft_element(const std::vector<NftKind>& kinds,
                                                           const nlohmann::json& value);
[[nodiscard]] bool nft_everything(const nlohmann::json& value); // the element "*"

} // namespace sshguardd::engine
