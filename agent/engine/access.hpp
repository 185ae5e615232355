// Whether sshd would let somebody in, step by step in sshd's own order (auth2.c, auth.c,
// auth2-pubkey.c, PAM's account phase, session.c). Pure.
#pragma once

#include "parse/access_conf.hpp"
#include "parse/login_rules.hpp"
#include "parse/shadow.hpp"
#include "sshguardd/accounts.hpp"
#include "sshguardd/fact.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::engine {

struct AccessKey {
  std::string place;    // "/home/alice/.ssh/authorized_keys:3"
  std::string type;     // "ssh-ed25519"
  std::string why;      // sshd does not take it; empty: it does
  bool command = false; // command= before it
  bool unread = false;  // in a file that sshd does not read
  bool unsure = false;  // whether sshd takes it is not known: `why`
  bool from = false;    // from some addresses alone
};

// What AuthorizedKeysCommand came to. What it printed is among the keys.
struct KeysCommand {
  enum class State {
    not_asked, // there is none, or nobody needed it
    asked,
    refused, // sshd gets no keys from it
    unknown
  } state = State::not_asked;
  std::string why; // refused, unknown
  std::uint32_t keys = 0;
  std::uint32_t bad_lines = 0;
};

// The client's certificate.
struct AccessCertificate {
  std::string says;       // what it is
  std::string why;        // sshd does not take it, whoever signed it; or empty
  std::string unverified; // why nobody knows whether its signature is genuine; or empty
};

// What was found out of one account and one client. All names and paths are untrusted.
struct AccessFacts {
  std::string user;
  std::string from;      // the client's address; empty: not told
  std::string sshd_said; // its banner, or why it is not known to live
  std::string sshd_fix;  // what mends that; or empty
  Fact<LoginRules> rules;
  std::optional<Account> account; // nothing: there is none of that name
  std::string account_unknown;    // why nobody knows whether there is one; or empty
  std::optional<parse::Exclusion> exclusion;
  std::string shell;
  std::vector<AccessKey> keys; // not all of thousands
  KeysCommand keys_command;
  std::optional<AccessCertificate> certificate; // the client has one, and `keys` are who signed it
  Fact<parse::Standing> standing;
  std::optional<parse::AccessAnswer> pam_access; // sshd's PAM stack asks it
  std::vector<SessionObstacle> obstacles;        // what ends its session as it begins
  std::string revoked;         // the client's key is revoked by this file; or empty
  std::string revoked_unknown; // why nobody knows whether it is; or empty
  std::string nologin;         // the file that keeps out all but root; or empty
  std::string home_problem;    // the home is not there; or empty
  ShellState shell_state = ShellState::usable;
  bool sshd_asked = false; // sshd_alive was looked at
  bool sshd_alive = false;
  bool key_given = false;          // `keys` has those alone that are the client's
  bool named_elsewhere = false;    // the account is none of passwd(5), but of a name service
  bool revoked_unreadable = false; // RevokedKeys names what cannot be read
  bool match_by_client = false;    // Match blocks ask for more than user and group
};

// Whether sshd takes that key of these.
[[nodiscard]] bool lets_in(const AccessFacts& facts, const AccessKey& key);

struct AccessStep {
  enum class Result { passed, failed, unknown, note } result = Result::passed;
  std::string name; // "account", "keys"
  std::string says;
  std::vector<std::string> fix; // commands; failed alone has any
};

struct Access {
  enum class Answer { in, out, unknown } answer = Answer::unknown;
  std::vector<AccessStep> steps;
  std::string by; // in: "key", "password"
  // No address was given, and it matters: "Match", "AllowUsers", "from=".
  std::vector<std::string> depends;
  std::string blocked; // name of the first step that keeps it out, or that nobody knows
};

[[nodiscard]] Access access(const AccessFacts& facts);

// Schema 1: one object, or with several the objects of a list "accounts".
[[nodiscard]] std::string access_json(const AccessFacts& facts, const Access& access);

} // namespace sshguardd::engine
