// What sshd and PAM wrote to the journal of the last minutes: who was turned away, and why. It is
// told and makes the agent look; it decides nothing and heals nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sshguardd {

// Names and words are sshd's, bounded, and untrusted: a client chooses its name and what it offers.
struct AuthTries {
  std::string name;
  std::string source; // an address; empty where the line does not prove one
  std::uint32_t tries = 0;

  bool operator==(const AuthTries&) const = default;
};

// sshd said why it takes none of an account's keys.
struct RefusedKeys {
  std::string account;
  std::string words; // the newest ones

  bool operator==(const RefusedKeys&) const = default;
};

struct NoCommonAlgorithm {
  std::string source;
  std::string kind; // "key exchange method", "host key type", "cipher", "MAC"
  std::string offer;

  bool operator==(const NoCommonAlgorithm&) const = default;
};

// The newest logins of this account, two or more, all ended before there was a session.
struct BrokenSession {
  std::string account;
  std::string words; // of the newest one
  std::uint32_t logins = 0;

  bool operator==(const BrokenSession&) const = default;
};

struct Ban {
  std::string source;
  std::string by;         // "sshd" (PerSourcePenalties), "TCP wrappers", "fail2ban", "SSHGuard" ...
  std::string why;        // "failed authentication"; or empty
  bool logged_in = false; // somebody logged in from there before

  bool operator==(const Ban&) const = default;
};

struct AuthLog {
  // The newest first, of each at most:
  static constexpr std::size_t most = 8;
  std::vector<RefusedKeys> refused;
  std::vector<AuthTries> invalid_users; // three times or more from one source
  std::vector<AuthTries> too_many_tries;
  std::vector<NoCommonAlgorithm> no_common_algorithm;
  std::vector<BrokenSession> broken_sessions;
  std::vector<Ban> bans; // that have turned somebody away within the last two minutes

  // Failed logins on average of the last five minutes, and the sources of most of them.
  std::uint32_t failures_per_minute = 0;
  std::vector<AuthTries> top; // without names
  static constexpr std::uint32_t attack_from = 20;
  [[nodiscard]] bool attack() const { return failures_per_minute > attack_from; }

  bool operator==(const AuthLog&) const = default;
};

} // namespace sshguardd
