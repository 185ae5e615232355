#include "parse/sshd_effective.hpp"

#include "parse/ascii.hpp"
#include "parse/listen.hpp"
#include "parse/sshd_settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace sshguardd::parse {
namespace {

constexpr std::size_t most_addresses = 64; // sshd itself opens 16 (MAX_LISTEN_SOCKS)
constexpr std::size_t most_keys = 16;
constexpr std::chrono::seconds longest_penalty{86'400};

template <class T> std::optional<T> number(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && rest == end ? std::optional{value} : std::nullopt;
}

// "0.0.0.0:22", "[::]:2022"; an rdomain may follow: `listenaddress 0.0.0.0:22 rdomain vrf0`, whose
// sockets this name space does not show as its own: left out.
std::optional<ListenAddress> listen_address(std::string_view value) {
  if (value.find(' ') != std::string_view::npos) return std::nullopt;
  const auto one = listen_addresses(value);
  return one.size() == 1 ? std::optional{one.front()} : std::nullopt;
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
  each_setting(output, [&](std::string_view keyword, std::string_view value) {
    if (is_word(keyword, "listenaddress")) {
      auto address = listen_address(value);
      if (address && effective.listen.size() < most_addresses)
        effective.listen.push_back(std::move(*address));
    } else if (is_word(keyword, "persourcepenalties")) {
      effective.noauth_penalty = noauth(value);
    } else if (is_word(keyword, "hostkey")) {
      if (value.starts_with('/') && effective.host_keys.size() < most_keys)
        effective.host_keys.emplace_back(value);
    }
  });
  if (effective.listen.empty()) return std::nullopt;
  return effective;
}

} // namespace sshguardd::parse
