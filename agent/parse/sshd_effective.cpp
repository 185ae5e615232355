#include "parse/sshd_effective.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace sshguardd::parse {
namespace {

constexpr std::size_t most_addresses = 64; // sshd itself opens 16 (MAX_LISTEN_SOCKS)
constexpr std::chrono::seconds longest_penalty{86'400};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_keyword(std::string_view word, std::string_view keyword) {
  return std::ranges::equal(word, keyword, {}, lower);
}

template <class T> std::optional<T> number(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && rest == end ? std::optional{value} : std::nullopt;
}

// "0.0.0.0:22", "[::]:2022"; an rdomain may follow: `listenaddress 0.0.0.0:22 rdomain vrf0`, whose
// sockets this name space does not show as its own: left out.
std::optional<ListenAddress> listen_address(std::string_view value) {
  const std::size_t colon = value.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = number<std::uint16_t>(value.substr(colon + 1));
  std::string_view host = value.substr(0, colon);
  if (!port || *port == 0 || host.empty()) return std::nullopt;
  ListenAddress address;
  address.port = *port;
  if (host.front() == '[' && host.back() == ']') {
    address.ipv6 = true;
    host = host.substr(1, host.size() - 2);
  }
  address.address = host;
  return address;
}

// "persourcepenalties crash:90 authfail:5 noauth:1 ... max:600"; "no" where they are off.
std::chrono::seconds noauth(std::string_view value) {
  constexpr std::string_view name = "noauth:";
  while (!value.empty()) {
    const std::string_view word = value.substr(0, value.find(' '));
    if (word.starts_with(name)) {
      const auto seconds = number<std::int64_t>(word.substr(name.size()));
      if (!seconds || *seconds < 0) return {};
      return std::min(std::chrono::seconds{*seconds}, longest_penalty);
    }
    value.remove_prefix(std::min(value.size(), word.size() + 1));
  }
  return {};
}

} // namespace

std::optional<Effective> sshd_effective(std::string_view output) {
  Effective effective;
  while (!output.empty()) {
    const std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(output.size(), line.size() + 1));
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const std::string_view keyword = line.substr(0, space);
    const std::string_view value = line.substr(space + 1);
    if (is_keyword(keyword, "listenaddress")) {
      auto address = listen_address(value);
      if (address && effective.listen.size() < most_addresses)
        effective.listen.push_back(std::move(*address));
    } else if (is_keyword(keyword, "persourcepenalties")) {
      effective.noauth_penalty = noauth(value);
    }
  }
  if (effective.listen.empty()) return std::nullopt;
  return effective;
}

} // namespace sshguardd::parse
