#include "parse/host_pattern.hpp"

#include "parse/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <arpa/inet.h>

namespace sshguardd::parse {
namespace {

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  unsigned bits = 0; // 32 or 128
};

// Without a scope: no rule of sshd's has one.
std::optional<Address> address_of(std::string_view text) {
  Address address;
  const std::string word{text};
  if (inet_pton(AF_INET, word.c_str(), address.bytes.data()) == 1)
    address.bits = 32;
  else if (inet_pton(AF_INET6, word.c_str(), address.bytes.data()) == 1)
    address.bits = 128;
  else
    return std::nullopt;
  return address;
}

bool bit(const Address& address, unsigned at) {
  return ((address.bytes[at / 8] >> (7 - at % 8)) & 1U) != 0;
}

// addrmatch.c:addr_pton_cidr() and addr_netmatch(). Nothing: no network but a pattern of letters.
std::optional<HostMatch> match_network(std::string_view text, std::string_view network) {
  const std::size_t slash = network.find('/');
  const auto base = address_of(network.substr(0, slash));
  if (!base) return std::nullopt;
  unsigned length = base->bits;
  if (slash != std::string_view::npos) {
    const std::string_view digits = network.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
      return std::nullopt;
    if (length > base->bits) return HostMatch::wrong;
    for (unsigned i = length; i < base->bits; ++i) {
      if (bit(*base, i)) return HostMatch::wrong;
    }
  }
  const auto address = address_of(text);
  if (!address || address->bits != base->bits) return HostMatch::no;
  for (unsigned i = 0; i < length; ++i) {
    if (bit(*address, i) != bit(*base, i)) return HostMatch::no;
  }
  return HostMatch::yes;
}

// Calls `use` with each entry, without its "!", and whether it had one, until that returns false.
template <class Use> void each_entry(std::string_view list, Use use) {
  for (bool more = true; more;) {
    const std::size_t comma = list.find(',');
    more = comma != std::string_view::npos;
    std::string_view entry = list.substr(0, comma);
    if (more) list.remove_prefix(comma + 1);
    const bool negated = entry.starts_with('!');
    if (negated) entry.remove_prefix(1);
    if (!use(entry, negated)) return;
  }
}

// addrmatch.c:addr_match_list(). `wrong` in its midst ends it, whatever came before.
struct AddressMatch {
  ListMatch match = ListMatch::none;
  bool wrong = false;
};
AddressMatch match_addresses(std::string_view address, std::string_view patterns) {
  AddressMatch found;
  each_entry(patterns, [&](std::string_view entry, bool negated) {
    const auto network = match_network(address, entry);
    found.wrong = entry.empty() || network == HostMatch::wrong;
    if (found.wrong) return false;
    if (network ? *network == HostMatch::no : !match_pattern(address, entry)) return true;
    found.match = negated ? ListMatch::negated : ListMatch::yes;
    return !negated;
  });
  return found;
}

} // namespace

bool is_address(std::string_view text) {
  return address_of(text).has_value();
}

bool match_pattern(std::string_view text, std::string_view pattern) {
  // The last `*`, and where in the text it was met: on a mismatch it takes one character more.
  std::size_t star = std::string_view::npos;
  std::size_t from = 0;
  std::size_t t = 0;
  std::size_t p = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

ListMatch match_list(std::string_view text, std::string_view patterns) {
  ListMatch found = ListMatch::none;
  each_entry(patterns, [&](std::string_view entry, bool negated) {
    if (!match_pattern(text, entry)) return true;
    found = negated ? ListMatch::negated : ListMatch::yes;
    return !negated;
  });
  return found;
}

HostMatch match_host(std::string_view address, std::string_view patterns) {
  const AddressMatch by_address = match_addresses(address, patterns);
  if (by_address.wrong) return HostMatch::wrong;
  if (by_address.match == ListMatch::negated) return HostMatch::no;
  // The name is the address in letters, in lower case as the patterns are then.
  std::string lowered{patterns};
  std::ranges::transform(lowered, lowered.begin(), lower);
  const ListMatch by_name = match_list(address, lowered);
  if (by_name == ListMatch::negated) return HostMatch::no;
  return by_name == ListMatch::yes || by_address.match == ListMatch::yes ? HostMatch::yes
                                                                         : HostMatch::no;
}

} // namespace sshguardd::parse
