// What is gathered of one account's keys, and their fingerprints as ssh-keygen -l says them.
#include "host/account_keys.hpp"
#include "host/fingerprint.hpp"
#include "parse/key_blob.hpp"
#include "public_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace sshguardd::host {
namespace {

using State = KeyFile::State;

TEST(Fingerprint, IsSshKeygens) {
  const auto of = [](const std::string& data) { return fingerprint(parse::key_data(data)); };
  EXPECT_EQ(of(test::ed25519_data), "SHA256:lB4qNPu/sKvV5FF9Sh3phS69OgcRrZ1tr4O3JCdoJ2o");
  EXPECT_EQ(of(test::rsa_data), "SHA256:l9ZA22I++xADEvG2ajLRFZnNNj6/fBqEntXO+38swSU");
  EXPECT_EQ(of(test::nistp256_data), "SHA256:59rQx9s6stNxJc4xEidiu/C8hL5XYjrbzOSXl8vuigw");
  EXPECT_EQ(of(test::sk_ed25519_data), "SHA256:Gckw8yqc0plxph1T7SdGUFke3Wg5HtHPH2oBSIV+Ptc");
  EXPECT_EQ(parse::short_name(*parse::key_type("sk-ssh-ed25519@openssh.com")), "ED25519-SK");
  EXPECT_EQ(parse::short_name(*parse::key_type("rsa-sha2-512")), "RSA");
}

struct Gathered {
  KeyGatherer gatherer;
  std::vector<KeyFile> files;

  Gathered& read(State state, const std::string& text, bool rejected = false) {
    KeyFile file{.path = "/home/alice/.ssh/keys" + std::to_string(files.size()), .state = state};
    if (state != State::absent) file.owner = "alice";
    const auto lines =
        parse::authorized_keys(text, [&](std::uint32_t line, const parse::KeyLine& key) {
          gatherer.note(file, line, key, rejected);
        });
    file.keys = lines.keys;
    file.bad_lines = lines.bad_lines;
    files.push_back(std::move(file));
    return *this;
  }
  AccountKeys finish(bool home_there = true) {
    AccountKeys keys{.name = "alice", .uid = 1000, .home = "/home/alice"};
    gatherer.finish(files, home_there, keys);
    return keys;
  }
};

TEST(KeyGatherer, GooglesKeysComeAndGo) {
  const std::string passing =
      "google-ssh {\"userName\":\"a@b.c\",\"expireOn\":\"2026-11-22T10:00:00+0000\"}";
  const std::string bare = test::ed25519_key.substr(0, test::ed25519_key.rfind(' '));
  AccountKeys keys = Gathered{}.read(State::used, bare + " " + passing + "\n").finish();
  ASSERT_EQ(keys.keys.size(), 1U);
  EXPECT_TRUE(keys.keys[0].rejected) << "it may go without a word";
  keys = Gathered{}.read(State::used, bare + " google-ssh alice\n").finish();
  EXPECT_FALSE(keys.keys.at(0).rejected);
}

TEST(KeyGatherer, KeysOfAllFiles) {
  const AccountKeys keys = Gathered{}
                               .read(State::used, test::ed25519_key + "\n" + test::rsa_key + "\n")
                               .read(State::refused, "no-pty " + test::ed25519_key + "\n", true)
                               .read(State::absent, "")
                               .finish();
  ASSERT_EQ(keys.keys.size(), 2U);
  EXPECT_EQ(keys.keys[0].name.type, "ED25519");
  EXPECT_FALSE(keys.keys[0].rejected) << "one of its lines is taken";
  EXPECT_TRUE(keys.all_seen);
  EXPECT_EQ(keys.paths.size(), 3U);
  EXPECT_EQ(keys.files.size(), 2U);
}

TEST(KeyGatherer, WhatCouldNotBeSeen) {
  EXPECT_TRUE(Gathered{}.read(State::absent, "").finish().all_seen);
  EXPECT_FALSE(Gathered{}.read(State::absent, "").finish(false).all_seen) << "no home";
  EXPECT_FALSE(Gathered{}.read(State::unknown, "").finish().all_seen);
  EXPECT_FALSE(Gathered{}.read(State::irregular, "").finish().all_seen);
  EXPECT_FALSE(Gathered{}.read(State::unreadable, "").finish().all_seen);
  EXPECT_TRUE(Gathered{}.read(State::unreadable, test::rsa_key).finish().all_seen) << "by root";
  EXPECT_TRUE(Gathered{}.read(State::used, "x\n").finish().bad_lines);
  Gathered pattern;
  pattern.read(State::absent, "").gatherer.not_followed();
  EXPECT_FALSE(pattern.finish().all_seen);
  Gathered huge;
  huge.read(State::used, test::rsa_key);
  huge.files[0].odd = "it is 2 MiB, of which the agent reads one";
  EXPECT_FALSE(huge.finish().all_seen);
}

TEST(KeyGatherer, ManyKeys) {
  Gathered many;
  std::string text;
  // The last letters of its data are part of the key.
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (const char b : {'A', 'E', 'I', 'M'})
      text += "ssh-ed25519 " + test::ed25519_data.substr(0, test::ed25519_data.size() - 2) + a + b +
              "\n";
  }
  const AccountKeys keys = many.read(State::used, text).finish();
  EXPECT_EQ(keys.keys.size(), AccountKeys::most);
  EXPECT_FALSE(keys.all_seen);
}

TEST(KeyGatherer, WhenTheLastKeyExpires) {
  constexpr std::int64_t now = 1'795'230'727; // 2026-11-21
  const std::string early = "expiry-time=\"20261125Z\" ";
  const std::string later = "expiry-time=\"20261130Z\" ";
  const auto end = [&](const std::string& text, bool got_in = true) {
    Gathered all;
    all.read(State::used, text);
    Account account{.name = "alice", .got_in = got_in};
    all.gatherer.tell_end(now, account);
    return std::pair{account.keys_end, account.keys_end_at};
  };
  const std::pair<std::int64_t, std::string> none{};
  EXPECT_EQ(end(early + test::ed25519_key + "\n" + later + test::rsa_key),
            (std::pair<std::int64_t, std::string>{1'795'996'800, "/home/alice/.ssh/keys0:2"}));
  EXPECT_EQ(end(early + test::ed25519_key + "\n" + test::rsa_key), none) << "one has no end";
  EXPECT_EQ(end(test::ed25519_key), none);
  EXPECT_EQ(end(""), none);
  EXPECT_EQ(end("expiry-time=\"20280101Z\" " + test::ed25519_key), none) << "in years";
  EXPECT_EQ(end(early + test::ed25519_key, false), none) << "it never came";
  Gathered refused;
  refused.read(State::refused, early + test::ed25519_key);
  Account account{.name = "alice", .got_in = true};
  refused.gatherer.tell_end(now, account);
  EXPECT_EQ(account.keys_end, 0) << "it does not serve";
}

TEST(FollowedAccounts, WhoseKeys) {
  EXPECT_TRUE(is_followed({.name = "root", .uid = 0}, {}));
  EXPECT_TRUE(is_followed({.name = "alice", .uid = 1000}, {}));
  EXPECT_TRUE(is_followed({.name = "git", .uid = 105, .got_in = true}, {}));
  EXPECT_FALSE(is_followed({.name = "git", .uid = 105}, {}));
  EXPECT_FALSE(is_followed({.name = "nobody", .uid = 65'534}, {}));
  EXPECT_TRUE(is_followed({.name = "admin", .uid = 999, .provisioned = true}, {}));
  EXPECT_TRUE(is_followed({.name = "alice", .uid = 500}, {.first = 500}));
  std::vector<AccountKeys> many;
  for (std::uint32_t uid = 1000; uid < 3000; ++uid) {
    many.push_back({.name = "u", .uid = uid});
    many.back().got_in = uid >= 2990;
    if (uid >= 2900) many.back().keys.push_back({});
  }
  limit(many);
  ASSERT_EQ(many.size(), 128U);
  EXPECT_EQ(std::ranges::count_if(many, &AccountKeys::got_in), 10);
  EXPECT_EQ(std::ranges::count_if(many, [](const auto& one) { return !one.keys.empty(); }), 100);
}

} // namespace
} // namespace sshguardd::host
