// The values of iptables' options as the vocabulary has them: raw bytes, most significant first.
#pragma once

#include "sshguardd/firewall.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// "22", "0x16".
[[nodiscard]] std::optional<std::uint32_t> iptables_number(std::string_view text);

[[nodiscard]] std::string big_endian(std::uint32_t value, std::size_t size);

// One value of that size.
[[nodiscard]] firewall::Interval exactly(std::uint32_t value, std::size_t size);

// 4 or 16 bytes.
[[nodiscard]] std::optional<std::string> address_bytes(std::string_view text, bool ipv6);

// "10.0.0.0/8", "10.0.0.0/255.0.255.0", "fe80::/10". A netmask that is no prefix stays one.
struct Network {
  firewall::Interval addresses;
  std::string mask; // empty: all bits
};
[[nodiscard]] std::optional<Network> network(std::string_view text, bool ipv6);

// "1.2.3.4-1.2.3.9", or one address.
[[nodiscard]] std::optional<firewall::Interval> address_range(std::string_view text, bool ipv6);

// "22", "1024:65535"; of translations "22-25".
[[nodiscard]] std::optional<firewall::Interval> port_range(std::string_view text, char between);
// "22,80:90".
[[nodiscard]] std::optional<std::vector<firewall::Interval>> port_list(std::string_view text);

// "0x1/0xff": the value and the bits that are looked at.
struct Masked {
  std::uint32_t value = 0;
  std::uint32_t mask = 0xffffffff;
};
[[nodiscard]] std::optional<Masked> masked_value(std::string_view text);

// "tcp" is 6. Nothing: no name of /etc/protocols.
[[nodiscard]] std::optional<std::uint8_t> protocol_number(std::string_view text);

// The parts between commas; at least one.
[[nodiscard]] std::vector<std::string_view> listed(std::string_view text);

} // namespace sshguardd::parse
