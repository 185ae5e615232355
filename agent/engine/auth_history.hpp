// What sshd's lines of the last minutes come to. Of bounded size, whatever an attacker makes sshd
// write.
#pragma once

#include "parse/auth_log.hpp"
#include "parse/fail2ban.hpp"
#include "sshguardd/auth.hpp"
#include "sshguardd/time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd::engine {

class AuthHistory {
public:
  static constexpr std::chrono::minutes window{10};

  // One line of the process `pid`, oldest first.
  void add(const parse::AuthLine& line, std::uint32_t pid, WallTime at);

  // Somebody has failed lately where somebody had logged in from: whoever bans may have met them.
  [[nodiscard]] std::vector<std::string> known_sources_that_failed() const;
  // Whom `by` holds now, all of them, and where ("fail2ban", jail): told are those where somebody
  // had logged in from.
  void set_banned(const std::string& by, const std::vector<parse::JailBan>& banned);
  [[nodiscard]] std::vector<std::string> banned_sources() const;

  // With which keys who logged in, and when last: (account, "SHA256:..."). Names are untrusted.
  using KeyUses = std::map<std::pair<std::string, std::string>, WallTime>;
  [[nodiscard]] const KeyUses& key_uses() const { return key_uses_; }

  // As it is now: what is older than the window is forgotten.
  [[nodiscard]] AuthLog summary(WallTime now);

  // How often sshd has refused somebody's keys, ever: more than before is news.
  [[nodiscard]] std::uint64_t refusals() const { return refusals_; }

private:
  // How many in each of the last minutes.
  class Counts {
  public:
    void add(WallTime at);
    [[nodiscard]] std::uint32_t since(WallTime from) const;
    [[nodiscard]] WallTime last() const { return last_; }

  private:
    static constexpr std::size_t minutes = 11;
    std::array<std::int64_t, minutes> which_{};
    std::array<std::uint32_t, minutes> counts_{};
    WallTime last_{};
  };

  // What a connection's process has said so far; its end names the account.
  struct Connection {
    WallTime last{};
    bool counted = false;
    std::string user;          // keys of whose were refused, where the line named him
    std::string refused;       // sshd's words
    std::string faulty_module; // PAM's
  };

  struct Login {
    std::string user;
    std::uint32_t pid = 0;
    WallTime at{};
    std::string failure; // sshd's words; empty: nothing is known against it
  };

  struct Told {
    WallTime last{};
    std::string text;
  };

  using Pair = std::pair<std::string, std::string>; // name, source

  Connection& connection(std::uint32_t pid, WallTime at);
  void on_accepted(const parse::AuthLine& line, std::uint32_t pid, WallTime at);
  void on_end(const parse::AuthLine& line, std::uint32_t pid, WallTime at);
  void on_session_failure(const parse::AuthLine& line, std::uint32_t pid, WallTime at);
  void failed(Connection& connection, const std::string& source, WallTime at);
  void forget(WallTime now);
  [[nodiscard]] std::vector<BrokenSession> broken_sessions(WallTime now) const;
  [[nodiscard]] std::vector<Ban> bans(WallTime now) const;

  WallTime forgotten_{}; // what was too old then
  std::uint64_t refusals_ = 0;
  Counts failures_;
  std::map<std::string, Counts> sources_; // of failures
  std::map<Pair, Counts> invalid_users_;
  std::map<Pair, Counts> too_many_tries_;
  std::map<std::string, Told> refused_;           // by account
  std::map<Pair, Told> no_common_;                // kind and source: the offer
  std::map<Pair, Told> bans_;                     // by whom and whom: why
  std::map<std::string, WallTime> known_sources_; // of logins; not forgotten with the window
  KeyUses key_uses_;                              // likewise
  std::map<std::uint32_t, Connection> connections_;
  std::vector<Login> logins_;
  std::vector<Ban> banned_; // by others than sshd, of the known sources
};

} // namespace sshguardd::engine
