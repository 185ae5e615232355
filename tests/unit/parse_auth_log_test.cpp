#include "parse/auth_log.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sshguardd::parse {
namespace {

using Kind = AuthLine::Kind;

struct Case {
  const char* message;
  Kind kind;
  const char* user;
  const char* source;
  const char* detail = "";
  const char* offer = "";
};

// As sshd 9.2 and 10.0 write them.
constexpr Case cases[] = {
    {"Accepted publickey for alice from 10.77.0.1 port 51234 ssh2: ED25519 SHA256:abc",
     Kind::accepted, "alice", "10.77.0.1"},
    {"Accepted password for root from fd77::1 port 1 ssh2", Kind::accepted, "root", "fd77::1"},
    {"Accepted keyboard-interactive/pam for alice from fe80::1%host0 port 22 ssh2", Kind::accepted,
     "alice", "fe80::1%host0"},
    {"Failed password for alice from 192.0.2.1 port 4711 ssh2", Kind::failed, "alice", "192.0.2.1"},
    {"Failed password for invalid user admin from 192.0.2.1 port 4711 ssh2", Kind::failed, "admin",
     "192.0.2.1"},
    {"Invalid user admin from 192.0.2.1 port 4711", Kind::invalid_user, "admin", "192.0.2.1"},
    {"Invalid user  from 192.0.2.1 port 4711", Kind::invalid_user, "", "192.0.2.1"},
    {"Connection closed by invalid user admin 192.0.2.1 port 4711 [preauth]", Kind::ended, "admin",
     "192.0.2.1"},
    {"Connection closed by invalid user  192.0.2.1 port 4711 [preauth]", Kind::ended, "",
     "192.0.2.1"},
    {"Connection reset by authenticating user alice 192.0.2.1 port 4711 [preauth]", Kind::ended,
     "alice", "192.0.2.1"},
    {"Disconnected from authenticating user root 192.0.2.1 port 4711 [preauth]", Kind::ended,
     "root", "192.0.2.1"},
    {"Disconnecting authenticating user alice 192.0.2.1 port 4711: Too many authentication "
     "failures [preauth]",
     Kind::ended, "alice", "192.0.2.1"},
    {"error: maximum authentication attempts exceeded for alice from 192.0.2.1 port 4711 ssh2 "
     "[preauth]",
     Kind::too_many_tries, "alice", "192.0.2.1"},
    {"error: maximum authentication attempts exceeded for invalid user bob from 192.0.2.1 port 1 "
     "ssh2 [preauth]",
     Kind::too_many_tries, "bob", "192.0.2.1"},
    {"Unable to negotiate with 192.0.2.1 port 4711: no matching key exchange method found. Their "
     "offer: diffie-hellman-group1-sha1,ext-info-c [preauth]",
     Kind::no_common, "", "192.0.2.1", "key exchange method",
     "diffie-hellman-group1-sha1,ext-info-c"},
    {"fatal: Unable to negotiate with 192.0.2.1 port 4711: no matching MAC found. Their offer: x",
     Kind::no_common, "", "192.0.2.1", "MAC", "x"},
    {"Authentication refused: bad ownership or modes for directory /home/alice", Kind::keys_refused,
     "", "", "Authentication refused: bad ownership or modes for directory /home/alice"},
    {"Could not open user 'alice' authorized keys '/home/alice/.ssh/authorized_keys': Permission "
     "denied",
     Kind::keys_refused, "alice", "",
     "Could not open user 'alice' authorized keys '/home/alice/.ssh/authorized_keys': Permission "
     "denied"},
    {"User 'alice' authorized keys '/k' is not a regular file", Kind::keys_refused, "alice", "",
     "User 'alice' authorized keys '/k' is not a regular file"},
    {"error: Unsafe AuthorizedKeysCommand \"/p\": bad ownership or modes for file /p",
     Kind::keys_refused, "", "",
     "Unsafe AuthorizedKeysCommand \"/p\": bad ownership or modes for file /p"},
    {"AuthorizedKeysCommand /p alice failed, status 1", Kind::keys_refused, "", "",
     "AuthorizedKeysCommand /p alice failed, status 1"},
    {"error: Error checking authentication key ED25519 SHA256:x in revoked keys file /n: No such "
     "file or directory",
     Kind::keys_refused, "", "",
     "Error checking authentication key ED25519 SHA256:x in revoked keys file /n: No such file or "
     "directory"},
    {"userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]",
     Kind::keys_refused, "", "",
     "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms"},
    {"refusing RSA key: Invalid key length [preauth]", Kind::keys_refused, "", "",
     "refusing RSA key: Invalid key length"},
    {"fatal: Access denied for user alice by PAM account configuration [preauth]",
     Kind::account_refused, "alice", ""},
    {"PAM unable to dlopen(pam_x.so): /lib/security/pam_x.so: cannot open shared object file",
     Kind::faulty_module, "", "",
     "PAM unable to dlopen(pam_x.so): /lib/security/pam_x.so: cannot open shared object file"},
    {"PAM adding faulty module: pam_x.so", Kind::faulty_module, "", "",
     "PAM adding faulty module: pam_x.so"},
    {"error: PAM: pam_open_session(): Module is unknown", Kind::session_failed, "", "",
     "PAM: pam_open_session(): Module is unknown"},
    {"fatal: bad ownership or modes for chroot directory \"/tmp\"", Kind::session_failed, "", "",
     "bad ownership or modes for chroot directory \"/tmp\""},
    {"fatal: bad ownership or modes for chroot directory \"/tmp\" [postauth]", Kind::session_failed,
     "", "", "bad ownership or modes for chroot directory \"/tmp\""},
    {"error: do_exec_no_pty: fork: Resource temporarily unavailable", Kind::session_failed, "", "",
     "do_exec_no_pty: fork: Resource temporarily unavailable"},
    {"pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)",
     Kind::session_opened, "", ""},
    {"drop connection #0 from [192.0.2.1]:4711 on [10.77.0.2]:22 penalty: failed authentication",
     Kind::penalised, "", "192.0.2.1", "failed authentication"},
    {"drop connection #0 from [fd77::1]:4711 on [fd77::2]:22 penalty: caused crash",
     Kind::penalised, "", "fd77::1", "caused crash"},
    {"refused connect from evil.example (192.0.2.1)", Kind::wrapped, "", "192.0.2.1"},
    // Who chose a name like one of sshd's own lines gains nothing.
    {"Invalid user x from 10.0.0.1 port 22 from 192.0.2.1 port 4711", Kind::invalid_user,
     "x from 10.0.0.1 port 22", "192.0.2.1"},
    {"Connection closed by invalid user x 10.0.0.1 port 22 [preauth] 192.0.2.1 port 4711 "
     "[preauth]",
     Kind::ended, "x 10.0.0.1 port 22 [preauth]", "192.0.2.1"},
    {"Disconnecting invalid user a 10.0.0.1 port 1: Too many authentication failures 192.0.2.1 "
     "port 2: Too many authentication failures [preauth]",
     Kind::ended, "a 10.0.0.1 port 1: Too many authentication failures", "192.0.2.1"},
    {"Failed password for invalid user x from 10.0.0.1 port 1 ssh2 from 192.0.2.1 port 2 ssh2",
     Kind::failed, "x from 10.0.0.1 port 1 ssh2", "192.0.2.1"},
    {"Failed password for invalid user x from 10.0.0.1 port 1 ssh2: y from 192.0.2.1 port 2 ssh2",
     Kind::failed, "", ""},
    {"Failed publickey for x from 192.0.2.1 port 2 ssh2: ED25519-CERT SHA256:a ID from 10.0.0.1 "
     "port 1 ssh2 (serial 0) CA ED25519 SHA256:b",
     Kind::failed, "x", "192.0.2.1"},
    {"Failed publickey for x from 192.0.2.1 port 2 ssh2: ED25519-CERT SHA256:a ID y from 10.0.0.1 "
     "port 1 ssh2: z (serial 0) CA ED25519 SHA256:b",
     Kind::failed, "", ""},
    {"Accepted publickey for x from 192.0.2.1 port 2 ssh2: RSA-CERT SHA256:a ID  from 10.0.0.1 "
     "port 1 ssh2: z (serial 0) CA RSA SHA256:b",
     Kind::accepted, "", ""},
    {"Access denied for user x by PAM account configuration by PAM account configuration",
     Kind::account_refused, "x by PAM account configuration", ""},
};

TEST(AuthLine, Table) {
  for (const Case& one : cases) {
    const auto line = auth_line(one.message);
    ASSERT_TRUE(line) << one.message;
    EXPECT_EQ(*line, (AuthLine{.kind = one.kind,
                               .user = one.user,
                               .source = one.source,
                               .detail = one.detail,
                               .offer = one.offer}))
        << one.message << "\n  user '" << line->user << "' source '" << line->source << "'";
  }
}

TEST(AuthLine, TheKeyOfALogin) {
  const std::string hash = "SHA256:lB4qNPu/sKvV5FF9Sh3phS69OgcRrZ1tr4O3JCdoJ2o";
  const std::string from = " from 192.0.2.1 port 4711 ssh2";
  const auto key_of = [](const std::string& message) {
    const auto line = auth_line(message);
    return line ? line->key : "no line";
  };
  EXPECT_EQ(key_of("Accepted publickey for alice" + from + ": ED25519 " + hash), hash);
  EXPECT_EQ(key_of("Accepted publickey for a b" + from + ": ED25519-SK " + hash), hash);
  for (const std::string& message :
       {"Accepted publickey for alice" + from, "Accepted password for alice" + from,
        "Accepted password for alice" + from + ": ED25519 " + hash,
        "Failed publickey for alice" + from + ": ED25519 " + hash,
        "Accepted publickey for alice" + from + ": ED25519 " + hash + "=",
        "Accepted publickey for alice" + from + ": ED25519 " + hash + " x",
        "Accepted publickey for alice" + from + ": ED25519 MD5:" + hash.substr(7),
        "Accepted publickey for alice" + from + ": " + hash,
        "Accepted publickey for alice" + from + ": ed25519 " + hash,
        // A certificate: its name is its maker's.
        "Accepted publickey for alice" + from + ": ED25519-CERT " + hash +
            " ID x (serial 0) CA RSA " + hash,
        // A name like the line's end.
        "Accepted publickey for x" + from + ": RSA " + hash + from + ": ED25519 " + hash})
    EXPECT_EQ(key_of(message), "") << message;
}

TEST(AuthLine, OtherLinesSayNothing) {
  for (const char* message :
       {"",
        "Server listening on 0.0.0.0 port 22.",
        "Connection closed by 10.77.0.1 port 4711",
        "Connection closed by 10.77.0.1 port 4711 [preauth]",
        "Disconnected from user alice 10.77.0.1 port 4711",
        "Received disconnect from 10.77.0.1 port 4711:11: disconnected by user",
        "Received disconnect from 10.77.0.1 port 1:11: Accepted publickey for alice from 10.0.0.1 "
        "port 1 ssh2",
        "Invalid user alice",
        "Invalid user alice from nowhere port 22",
        "Invalid user alice from 192.0.2.1 port 123456",
        "Invalid user x from 192.0.2.1 port -1",
        "Accepted publickey for alice",
        "Accepted  for alice from 192.0.2.1 port 1 ssh2x",
        "Failed password for alice from 192.0.2.1 port 22",
        "fatal: chroot(\"/run/sshd\"): No such file or directory [preauth]",
        "drop connection #10 from [10.0.0.1]:1 on [10.0.0.2]:22 past MaxStartups",
        "drop connection #10 from [x]:1 on [10.0.0.2]:22 penalty: failed authentication",
        "refused connect from evil",
        "refused connect from evil (evil)",
        "AuthorizedKeysCommand /p alice took a while",
        "User alice",
        "User 'alice' is fine",
        "PAM: Authentication failure for alice from 10.0.0.1",
        "Disconnecting authenticating user alice 192.0.2.1 port 4711: Change of username or "
        "service not allowed: (alice,ssh-connection) -> (bob,ssh-connection) [preauth]",
        "error: ",
        "fatal: ",
        " [preauth]",
        "error: Unable to negotiate with x port y: no"})
    EXPECT_FALSE(auth_line(message)) << message;
}

TEST(AuthLine, LongWordsAreCut) {
  const std::string name(100'000, 'x');
  const auto line = auth_line("Invalid user " + name + " from 192.0.2.1 port 1");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->user.size(), AuthLine::longest);
  EXPECT_EQ(line->source, "192.0.2.1");
}

} // namespace
} // namespace sshguardd::parse
