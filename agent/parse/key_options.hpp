// The options before a key in a key file (auth-options.c: sshauthopt_parse(); authfile.c:
// sshkey_advance_past_options(); sshd(8), AUTHORIZED_KEYS FILE FORMAT).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::parse {

// How far options at the beginning of the text reach: to the first blank outside of quotes.
// Nothing where a quote is not closed.
[[nodiscard]] std::optional<std::size_t> key_options_size(std::string_view text);

struct KeyOptions {
  bool cert_authority = false;
  bool command = false;  // command=
  std::string_view from; // from=, as it stands there; empty: none
  bool has_principals = false;
  std::string_view principals; // principals=, as it stands there
  std::int64_t expiry = 0;     // expiry-time=, seconds since 1970, the earliest; 0: none
  std::string why;             // sshd refuses them, in words; empty: it takes them
};

// `options` without blanks outside of quotes. What stands in from=, command= and principals= is not
// judged here, and an expiry-time= that is over is well-formed. Times without a Z are local.
[[nodiscard]] KeyOptions key_options(std::string_view options);

} // namespace sshguardd::parse
