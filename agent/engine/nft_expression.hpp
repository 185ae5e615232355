// What a rule looks at, of nft's JSON: the left side of a match, the key of a map.
#pragma once

#include "engine/nft_values.hpp"
#include "sshguardd/firewall.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

// What nft leaves out of listings, as the expression implies it (payload.c, proto.c: "dependency"):
// a packet of another kind ends the rule, whatever the operator.
struct NftNeed {
  firewall::Field field = firewall::Field::l4proto;
  std::uint8_t value = 0;

  bool operator==(const NftNeed&) const = default;
};

struct NftKey {
  std::vector<firewall::Term> terms;
  std::vector<NftKind> kinds; // one for each term
  std::vector<NftNeed> needs; // beyond what the fields imply by themselves
  std::vector<NftNeed> own;   // what they imply by themselves: for who looks at no term

  [[nodiscard]] bool blind() const; // nobody knows any of it
};

[[nodiscard]] NftKey nft_key(const nlohmann::json& expression);

// A term that nobody knows.
[[nodiscard]] firewall::Term nft_unknown(std::string name);

// Of a value that a statement takes from the packet: where it cannot be had the rule ends.
struct NftReads {
  bool entry = false;       // conntrack's
  bool may_be_none = false; // an element of a map, a socket, an option: nobody can tell
};
[[nodiscard]] NftReads nft_reads(const nlohmann::json& value);

// A mark as a number, or made of one that is there: (that & keep) ^ turn.
struct NftMark {
  std::optional<bool> of; // true: conntrack's, false: the packet's; nothing: of none
  std::uint32_t keep = 0;
  std::uint32_t turn = 0;
};
[[nodiscard]] std::optional<NftMark> nft_mark(const nlohmann::json& value);

// Of the first packet of a usual client it is known without looking: it is whole (conntrack puts it
// together), and IPv6 carries no extension headers. zero: so it is 0; absent: it is not there.
enum class NftUsual { ask, zero, absent };
[[nodiscard]] NftUsual nft_usual(const nlohmann::json& expression);

} // namespace sshguardd::engine
