// sshd's and PAM's lines about logins (auth.c, auth2-pubkeyfile.c, packet.c, session.c, sshd.c,
// auth-pam.c), from OpenSSH 8.4 to 10.
//
// What a client chose stands in the middle of many of them: a name may be "x from 192.0.2.1 port 22
// ssh2". So a line is read from its end, where sshd's own words are; and where a client could have
// written the end as well, only what can be read in one way is believed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::parse {

struct AuthLine {
  enum class Kind {
    accepted,        // user, source
    failed,          // user, source: one of possibly several tries of a connection
    ended,           // user, source: a connection that ended unauthenticated
    invalid_user,    // user, source: nobody of that name
    keys_refused,    // detail: sshd's words; user where they name him
    too_many_tries,  // user, source
    no_common,       // source; detail: of what; offer: what the client has
    account_refused, // user: by PAM's account modules
    faulty_module,   // detail: PAM cannot load one
    session_failed,  // detail: sshd's words
    session_opened,  // by PAM
    penalised,       // source; detail: for what
    wrapped          // source: TCP wrappers
  };

  Kind kind = Kind::ended;
  std::string user;   // untrusted, at most `longest`; may be empty
  std::string source; // an address; empty where it is not certain
  std::string detail; // untrusted, at most `longest`
  std::string offer;  // likewise
  std::string key;    // accepted by this one: "SHA256:..."; empty where it is not certain
  static constexpr std::size_t longest = 200;

  bool operator==(const AuthLine&) const = default;
};

// One message; nothing for all others.
[[nodiscard]] std::optional<AuthLine> auth_line(std::string_view message);

} // namespace sshguardd::parse
