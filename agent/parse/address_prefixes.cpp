#include "parse/address_prefixes.hpp"

#include "parse/iptables_values.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sshguardd::parse {
namespace {

constexpr std::size_t most_prefixes = 16384;
constexpr std::string_view between = " \t\n";

std::optional<firewall::SocketFilter::Prefix> prefix_of(std::string_view word) {
  const std::size_t slash = word.find('/');
  const std::string_view address = word.substr(0, slash);
  const bool ipv6 = address.find(':') != std::string_view::npos;
  auto bytes = address_bytes(address, ipv6);
  if (!bytes) return std::nullopt;
  const std::size_t most = bytes->size() * 8;
  std::size_t length = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = word.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || end != digits.data() + digits.size() || length > most)
      return std::nullopt;
  }
  return firewall::SocketFilter::Prefix{.bytes = *std::move(bytes),
                                        .length = static_cast<std::uint8_t>(length),
                                        .text = std::string{word}};
}

} // namespace

std::optional<std::vector<firewall::SocketFilter::Prefix>> address_prefixes(std::string_view text) {
  std::vector<firewall::SocketFilter::Prefix> list;
  for (;;) {
    const std::size_t start = text.find_first_not_of(between);
    if (start == std::string_view::npos) return list;
    text.remove_prefix(start);
    const std::size_t end = std::min(text.find_first_of(between), text.size());
    auto prefix = prefix_of(text.substr(0, end));
    if (!prefix || list.size() >= most_prefixes) return std::nullopt;
    list.push_back(*std::move(prefix));
    text.remove_prefix(end);
  }
}

} // namespace sshguardd::parse
