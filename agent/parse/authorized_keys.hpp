// Key files as sshd reads them (auth2-pubkeyfile.c: auth_check_authkeys_file(); sshkey.c:
// sshkey_read()): which lines hold a key, and why others do not. Nothing of a line is copied.
#pragma once

#include "sshguardd/accounts.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct KeyLine {
  enum class Kind {
    none, // empty, a comment
    key,  // one that lets somebody in, as far as the line tells
    bad   // sshd passes over it
  };

  Kind kind = Kind::none;
  // Parts of the line; of a bad one as far as they were found.
  std::string_view options;
  std::string_view type;
  std::string_view base64;
  std::string_view comment;    // of a key, up to the end of the line
  std::string why;             // of bad, in words, nothing of the line itself
  unsigned bits = 0;           // RSA: of the modulus
  bool cert_authority = false; // not a key to log in with but one that signs such keys
  bool command = false;        // command= before it
  std::string_view from;       // from= before it; empty: none
  bool has_principals = false; // principals= before it, a certificate's
  std::string_view principals; // ... a list with commas
  std::int64_t expiry = 0;     // expiry-time= before it, seconds since 1970; 0: none
  bool cut = false;            // bad: the rest of the key may be on the next lines
  bool another = false;        // a second key behind the first, which sshd takes for its comment
};

// One line, with or without its end. DSA is a key here: the parser of OpenSSH up to 9.9 takes it,
// and no default lets it in since 7.0, so that it is the algorithms' matter. That the point of an
// ECDSA key lies on its curve is not looked at. A type that is newer than OpenSSH 10.0 is unknown.
[[nodiscard]] KeyLine authorized_key(std::string_view line);

struct KeyLines {
  std::uint32_t keys = 0;
  std::uint32_t bad_lines = 0; // a key or a file of another format over several lines is one
  std::vector<BadKeyLine> bad; // the first `most_bad` of them
  static constexpr std::size_t most_bad = 8;
};

// visit: called for each line with a key, by its number from 1, in order.
using KeyVisitor = std::function<void(std::uint32_t line, const KeyLine& key)>;
[[nodiscard]] KeyLines authorized_keys(std::string_view text, const KeyVisitor& visit = {});

} // namespace sshguardd::parse
