#include "engine/auth_history.hpp"

#include "fixture.hpp"

#include <string>

namespace sshguardd::test {
namespace {

using engine::AuthHistory;
using parse::AuthLine;
using Kind = AuthLine::Kind;

// A log to write to, second by second.
class Log {
public:
  Log& say(std::uint32_t pid, const std::string& message) {
    const auto line = parse::auth_line(message);
    EXPECT_TRUE(line) << message;
    if (line) history.add(*line, pid, at);
    return *this;
  }
  Log& pass(std::chrono::milliseconds time) {
    at += time;
    return *this;
  }
  AuthLog summary() { return history.summary(at); }

  Log& login(std::uint32_t pid, const std::string& user = "alice",
             const std::string& from = "10.77.0.1") {
    return say(pid, "Accepted publickey for " + user + " from " + from +
                        " port 4711 ssh2: ED25519 SHA256:abc");
  }
  Log& denied(std::uint32_t pid, const std::string& from = "10.77.0.1") {
    return say(pid, "Connection closed by authenticating user alice " + from + " port 1 [preauth]");
  }

  AuthHistory history;
  WallTime at = at_noon.wall;
};

constexpr const char* no_module = "error: PAM: pam_open_session(): Module is unknown";
constexpr const char* bad_root = "fatal: bad ownership or modes for chroot directory \"/srv\"";

TEST(AuthHistory, WhoCameWithWhichKey) {
  Log log;
  const std::string hash = "SHA256:lB4qNPu/sKvV5FF9Sh3phS69OgcRrZ1tr4O3JCdoJ2o";
  const auto come = [&](const std::string& user, const std::string& key) {
    log.say(1, "Accepted publickey for " + user + " from 10.77.0.1 port 1 ssh2: ED25519 " + key);
  };
  come("alice", hash);
  log.pass(1h);
  come("alice", hash);
  come("alice", "SHA256:x"); // no fingerprint
  (void)log.summary();
  EXPECT_EQ(log.history.key_uses(), (AuthHistory::KeyUses{{{"alice", hash}, log.at}}));
  // The clock is set back.
  log.pass(-24h);
  (void)log.summary();
  EXPECT_EQ(log.history.key_uses().size(), 1U);
  for (int i = 0; i < 1000; ++i)
    come("user" + std::to_string(i), hash);
  EXPECT_EQ(log.history.key_uses().size(), 64U);
}

TEST(AuthHistory, LoginsAreNothing) {
  Log log;
  for (std::uint32_t pid = 1; pid <= 1000; ++pid)
    log.login(pid).pass(100ms);
  EXPECT_EQ(log.summary(), AuthLog{});
}

TEST(AuthHistory, RefusedKeysAreThoseOfTheConnectionsAccount) {
  Log log;
  log.say(7, "Authentication refused: bad ownership or modes for directory /home/alice");
  log.say(8, "Connection closed by authenticating user bob 10.77.0.1 port 1 [preauth]");
  EXPECT_TRUE(log.summary().refused.empty());
  EXPECT_EQ(log.history.refusals(), 0U);
  log.denied(7);
  EXPECT_EQ(log.history.refusals(), 1U);
  ASSERT_EQ(log.summary().refused.size(), 1U);
  EXPECT_EQ(log.summary().refused[0],
            (RefusedKeys{"alice", "Authentication refused: bad ownership or modes for directory "
                                  "/home/alice"}));
  // Another file let her in.
  log.say(9, "Authentication refused: bad ownership or modes for directory /home/alice").login(9);
  EXPECT_TRUE(log.summary().refused.empty());
}

TEST(AuthHistory, RefusedKeysAreForgotten) {
  Log log;
  log.say(7, "refusing RSA key: Invalid key length [preauth]").denied(7).pass(9min);
  EXPECT_EQ(log.summary().refused.size(), 1U);
  EXPECT_TRUE(log.pass(61s).summary().refused.empty());
}

TEST(AuthHistory, AnotherProcessOfTheSameNumberIsAnother) {
  Log log;
  log.say(7, "refusing RSA key: Invalid key length [preauth]").pass(4min).denied(7);
  EXPECT_TRUE(log.summary().refused.empty());
}

TEST(AuthHistory, NamesThatNobodyHas) {
  Log log;
  for (int i = 0; i < 3; ++i)
    log.say(1, "Invalid user admin from 10.77.0.1 port 1").pass(1min);
  log.say(1, "Invalid user admin from 10.77.0.9 port 1");
  log.say(1, "Invalid user other from 10.77.0.1 port 1");
  ASSERT_EQ(log.summary().invalid_users.size(), 1U);
  EXPECT_EQ(log.summary().invalid_users[0], (AuthTries{"admin", "10.77.0.1", 3}));
  EXPECT_TRUE(log.pass(8min).summary().invalid_users.empty()) << "two within the window";
}

TEST(AuthHistory, AllTriesSpent) {
  Log log;
  log.say(1, "error: maximum authentication attempts exceeded for alice from 10.77.0.1 port 1 ssh2 "
             "[preauth]");
  ASSERT_EQ(log.summary().too_many_tries.size(), 1U);
  EXPECT_EQ(log.summary().too_many_tries[0], (AuthTries{"alice", "10.77.0.1", 1}));
}

TEST(AuthHistory, NothingInCommon) {
  Log log;
  log.say(1, "Unable to negotiate with 10.77.0.1 port 1: no matching cipher found. Their offer: "
             "3des-cbc [preauth]");
  ASSERT_EQ(log.summary().no_common_algorithm.size(), 1U);
  EXPECT_EQ(log.summary().no_common_algorithm[0],
            (NoCommonAlgorithm{"10.77.0.1", "cipher", "3des-cbc"}));
}

TEST(AuthHistory, AnAttack) {
  Log log;
  std::uint32_t pid = 1;
  for (int i = 0; i < 100; ++i, ++pid)
    log.denied(pid, i % 4 == 0 ? "192.0.2.1" : "192.0.2." + std::to_string(2 + i % 50)).pass(1s);
  EXPECT_FALSE(log.summary().attack()) << log.summary().failures_per_minute;
  for (int i = 0; i < 10; ++i, ++pid)
    log.denied(pid, "192.0.2.1").pass(1s);
  const AuthLog summary = log.summary();
  EXPECT_TRUE(summary.attack());
  EXPECT_EQ(summary.failures_per_minute, 22U);
  ASSERT_EQ(summary.top.size(), 3U);
  EXPECT_EQ(summary.top[0].source, "192.0.2.1");
  EXPECT_GE(summary.top[0].tries, 35U);
  EXPECT_FALSE(log.pass(5min).summary().attack());
}

TEST(AuthHistory, AConnectionIsCountedOnceUnlessEachTryIsLogged) {
  Log log;
  for (std::uint32_t pid = 1; pid <= 50; ++pid) {
    log.say(pid, "Failed password for alice from 192.0.2.1 port 1 ssh2");
    log.say(pid, "Failed password for alice from 192.0.2.1 port 1 ssh2");
    log.denied(pid, "192.0.2.1");
  }
  EXPECT_EQ(log.summary().failures_per_minute, 20U);
}

TEST(AuthHistory, AFloodOfSourcesHidesNobody) {
  Log log;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    log.denied(i, "10." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) + "." +
                      std::to_string(i % 256));
    if (i % 10 == 0) log.denied(i + 20'000, "192.0.2.1");
  }
  ASSERT_FALSE(log.summary().top.empty());
  EXPECT_EQ(log.summary().top[0], (AuthTries{"", "192.0.2.1", 1000}));
}

TEST(AuthHistory, TwoBrokenSessionsInARow) {
  Log log;
  log.login(5).say(5, no_module).pass(10s);
  EXPECT_TRUE(log.summary().broken_sessions.empty()) << "one says nothing yet";
  log.login(6).say(6, no_module).pass(10s);
  ASSERT_EQ(log.summary().broken_sessions.size(), 1U);
  EXPECT_EQ(log.summary().broken_sessions[0],
            (BrokenSession{"alice", "PAM: pam_open_session(): Module is unknown", 2}));
  // Another account's logins are another matter, and one that has only begun is no verdict.
  log.login(7, "bob").pass(10s).login(8);
  EXPECT_EQ(log.summary().broken_sessions.size(), 1U);
  EXPECT_TRUE(log.pass(5s).summary().broken_sessions.empty()) << "alice got in";
}

TEST(AuthHistory, BrokenSessionsAreForgotten) {
  Log log;
  log.login(5).say(5, no_module).pass(10s).login(6).say(6, no_module).pass(9min);
  EXPECT_EQ(log.summary().broken_sessions.size(), 1U);
  EXPECT_TRUE(log.pass(55s).summary().broken_sessions.empty()) << "one of them within the window";
}

TEST(AuthHistory, TheModuleIsNamed) {
  Log log;
  for (std::uint32_t pid = 5; pid < 7; ++pid)
    log.say(pid, "PAM unable to dlopen(pam_x.so): /lib/pam_x.so: cannot open shared object file")
        .say(pid, "PAM adding faulty module: pam_x.so")
        .login(pid)
        .say(pid, no_module);
  ASSERT_EQ(log.summary().broken_sessions.size(), 1U);
  EXPECT_EQ(log.summary().broken_sessions[0].words,
            "PAM unable to dlopen(pam_x.so): /lib/pam_x.so: cannot open shared object file");
}

TEST(AuthHistory, AChildsWordsAreThoseOfTheLoginOfMomentsAgo) {
  Log log;
  for (std::uint32_t pid = 10; pid < 30; pid += 10)
    log.login(pid).pass(200ms).say(pid + 1, bad_root).pass(20s);
  ASSERT_EQ(log.summary().broken_sessions.size(), 1U);
  EXPECT_EQ(log.summary().broken_sessions[0].logins, 2U);
}

TEST(AuthHistory, AChildsWordsAreNobodysWhereTwoCame) {
  Log log;
  for (std::uint32_t pid = 10; pid < 30; pid += 10)
    log.login(pid).login(pid + 2, "bob").say(pid + 1, bad_root).pass(20s);
  EXPECT_TRUE(log.summary().broken_sessions.empty());
}

TEST(AuthHistory, WhatEndsALongSessionIsNoBrokenOne) {
  Log log;
  log.login(5).login(6).pass(30s).say(5, no_module).say(6, no_module);
  EXPECT_TRUE(log.summary().broken_sessions.empty());
}

TEST(AuthHistory, RefusedByTheAccountModulesForAModuleAlone) {
  constexpr const char* refused =
      "fatal: Access denied for user alice by PAM account configuration [preauth]";
  Log log;
  log.say(5, refused).say(6, refused);
  EXPECT_TRUE(log.summary().broken_sessions.empty()) << "not allowed in is no broken session";
  for (std::uint32_t pid = 7; pid < 9; ++pid)
    log.say(pid, "PAM adding faulty module: pam_x.so").say(pid, refused);
  ASSERT_EQ(log.summary().broken_sessions.size(), 1U);
  EXPECT_EQ(log.summary().broken_sessions[0].words, "PAM adding faulty module: pam_x.so");
}

TEST(AuthHistory, Bans) {
  constexpr const char* drop =
      "drop connection #0 from [10.77.0.1]:1 on [10.77.0.2]:22 penalty: failed authentication";
  Log log;
  log.say(1, drop);
  ASSERT_EQ(log.summary().bans.size(), 1U);
  EXPECT_EQ(log.summary().bans[0], (Ban{"10.77.0.1", "sshd", "failed authentication", false}));
  log.pass(1s).login(2).pass(1s);
  EXPECT_TRUE(log.summary().bans.empty()) << "let in again";
  // Long ago is not forgotten.
  log.pass(60min).say(1, drop).pass(1s);
  ASSERT_EQ(log.summary().bans.size(), 1U);
  EXPECT_TRUE(log.summary().bans[0].logged_in);
  EXPECT_TRUE(log.pass(121s).summary().bans.empty());
  log.say(1, "refused connect from evil.example (192.0.2.1)");
  ASSERT_EQ(log.summary().bans.size(), 1U);
  EXPECT_EQ(log.summary().bans[0], (Ban{"192.0.2.1", "TCP wrappers", "", false}));
}

TEST(AuthHistory, BansOfFail2ban) {
  Log log;
  log.login(1).pass(1min);
  EXPECT_TRUE(log.history.known_sources_that_failed().empty());
  log.denied(2, "192.0.2.1");
  EXPECT_TRUE(log.history.known_sources_that_failed().empty()) << "a stranger";
  log.denied(3);
  EXPECT_EQ(log.history.known_sources_that_failed(), std::vector<std::string>{"10.77.0.1"});
  log.history.set_banned("fail2ban", {{"sshd", "192.0.2.1"}, {"sshd", "10.77.0.1"}});
  EXPECT_EQ(log.history.banned_sources(), std::vector<std::string>{"10.77.0.1"});
  log.history.set_banned("SSHGuard", {{"", "10.77.0.1"}});
  EXPECT_EQ(log.summary().bans.size(), 2U) << "each by itself";
  log.history.set_banned("SSHGuard", {});
  ASSERT_EQ(log.summary().bans.size(), 1U);
  EXPECT_EQ(log.summary().bans[0], (Ban{"10.77.0.1", "fail2ban", "sshd", true}));
  // It stands until fail2ban says otherwise.
  EXPECT_EQ(log.pass(60min).summary().bans.size(), 1U);
  EXPECT_TRUE(log.history.known_sources_that_failed().empty());
  EXPECT_EQ(log.pass(-24h).summary().bans.size(), 1U);
  log.history.set_banned("fail2ban", {});
  EXPECT_TRUE(log.summary().bans.empty());
}

TEST(AuthHistory, TheClockIsSetBack) {
  Log log;
  for (std::uint32_t pid = 1; pid < 500; ++pid)
    log.denied(pid);
  EXPECT_TRUE(log.summary().attack());
  EXPECT_FALSE(log.pass(-24h).summary().attack());
  log.denied(1);
  EXPECT_EQ(log.summary().failures_per_minute, 0U);
}

TEST(AuthHistory, ListsAreBounded) {
  Log log;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    log.say(i, "refusing RSA key: Invalid key length [preauth]");
    log.say(i,
            "Connection closed by authenticating user u" + number + " 10.77.0.1 port 1 [preauth]");
    for (int tries = 0; tries < 3; ++tries)
      log.say(i, "Invalid user x" + number + " from 10.77.0.1 port 1");
    log.login(i, "y" + number).say(i, no_module).login(i, "y" + number).say(i, no_module);
    log.pass(10ms);
  }
  const AuthLog summary = log.summary();
  EXPECT_EQ(summary.refused.size(), AuthLog::most);
  EXPECT_EQ(summary.refused[0].account, "u2999");
  EXPECT_EQ(summary.invalid_users.size(), AuthLog::most);
  EXPECT_LE(summary.broken_sessions.size(), AuthLog::most);
}

} // namespace
} // namespace sshguardd::test
