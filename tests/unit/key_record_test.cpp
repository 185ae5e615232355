#include "engine/key_record.hpp"
#include "fixture.hpp"

namespace sshguardd::test {
namespace {

using engine::KeyRecord;
using engine::KeyUses;
using Keys = std::vector<std::string>;

AccountKeys account(const Keys& keys, std::string name = "alice", std::uint32_t uid = 1000) {
  AccountKeys one{.name = name,
                  .uid = uid,
                  .home = "/home/" + name,
                  .got_in = true,
                  .by_key = true,
                  .way = !keys.empty(),
                  .all_seen = true,
                  .paths = {"/home/" + name + "/.ssh/authorized_keys"}};
  for (const std::string& key : keys)
    one.keys.push_back({.name = {"ED25519", key}});
  return one;
}

Keys names(const std::vector<KeyLoss::Gone>& gone) {
  Keys list;
  for (const auto& one : gone)
    list.push_back(one.key.hash);
  return list;
}

// What a series of looks comes to.
class Story {
public:
  Story& see(const AccountKeys& now, std::chrono::seconds later = 1min) {
    time += later;
    seen = {now};
    record = engine::note_keys(std::move(record), seen, uses, time);
    return *this;
  }
  Story& use(const std::string& key, const std::string& who = "alice") {
    uses[{who, key}] = time;
    return *this;
  }
  [[nodiscard]] std::vector<KeyLoss> losses() const {
    return engine::key_losses(record, seen, time);
  }
  // By its own JSON, as after a restart.
  Story& restart() {
    const auto back = engine::key_record(engine::to_json(record));
    EXPECT_TRUE(back && *back == record);
    uses.clear();
    return *this;
  }

  WallTime time = at_noon.wall;
  KeyRecord record;
  KeyUses uses;
  std::vector<AccountKeys> seen;
};

struct Row {
  const char* name;
  Keys before;
  Keys now;
  Keys gone; // empty: nothing is told
};

TEST(KeyRecord, WhatIsGone) {
  const Row rows[] = {
      {"nothing was there", {}, {"a"}, {}},      {"the same", {"a", "b"}, {"b", "a"}, {}},
      {"one more", {"a"}, {"a", "b"}, {}},       {"one less", {"a", "b"}, {"b"}, {"a"}},
      {"one for one", {"a"}, {"b"}, {"a"}},      {"all others", {"a", "b"}, {"c"}, {"a", "b"}},
      {"none left", {"a", "b"}, {}, {"a", "b"}},
  };
  for (const Row& row : rows) {
    Story story;
    story.see(account(row.before)).see(account(row.now));
    const auto losses = story.losses();
    EXPECT_EQ(losses.empty(), row.gone.empty()) << row.name;
    if (losses.empty()) continue;
    EXPECT_EQ(names(losses[0].gone), row.gone) << row.name;
    EXPECT_EQ(losses[0].left.size(), row.now.size()) << row.name;
    EXPECT_EQ(losses[0].way, false) << row.name;
    EXPECT_FALSE(losses[0].none_in_use) << row.name;
  }
}

TEST(KeyRecord, WhatProvesNothing) {
  const std::vector<std::pair<const char*, std::function<void(AccountKeys&)>>> rows = {
      {"not all could be seen", [](AccountKeys& one) { one.all_seen = false; }},
      {"locked, or excluded by a rule", [](AccountKeys& one) { one.by_key = false; }},
      {"bad lines are left", [](AccountKeys& one) { one.bad_lines = true; }},
      {"another account with that uid",
       [](AccountKeys& one) {
         one.name = "bob";
         one.got_in = false;
       }},
      {"another home",
       [](AccountKeys& one) {
         one.home = "/srv/alice";
         one.way = true;
       }},
  };
  for (const auto& [name, change] : rows) {
    Story story;
    AccountKeys now = account({});
    change(now);
    story.see(account({"a"})).see(now);
    EXPECT_TRUE(story.losses().empty()) << name;
    // And its keys are back.
    story.see(account({"a"}));
    EXPECT_TRUE(story.losses().empty()) << name;
  }
}

TEST(KeyRecord, BackWithinMomentsIsNothing) {
  Story story;
  story.see(account({"a"})).use("a").see(account({}), 1s);
  EXPECT_EQ(story.losses().size(), 1U);
  story.see(account({"a"}), 1s);
  EXPECT_TRUE(story.losses().empty());
  // It is still the one that was used.
  story.see(account({"b"}), 1s);
  ASSERT_EQ(story.losses().size(), 1U);
  EXPECT_TRUE(story.losses()[0].none_in_use);
}

TEST(KeyRecord, AKeyThatWasInUse) {
  Story story;
  story.see(account({"a", "b"})).use("a").see(account({"a", "b"})).restart().see(account({"b"}));
  ASSERT_EQ(story.losses().size(), 1U);
  EXPECT_TRUE(story.losses()[0].none_in_use);
  EXPECT_NE(story.losses()[0].gone[0].used, 0);
  // Somebody logs in with the other one.
  story.use("b").see(account({"b"}));
  ASSERT_EQ(story.losses().size(), 1U);
  EXPECT_FALSE(story.losses()[0].none_in_use);

  // The log line is read after the key went.
  Story late;
  late.see(account({"a", "b"})).see(account({"b"})).use("a").see(account({"b"}));
  ASSERT_EQ(late.losses().size(), 1U);
  EXPECT_TRUE(late.losses()[0].none_in_use);

  // Nobody misses what was used long ago; another's login says nothing of alice's key.
  Story old;
  old.see(account({"a", "b"})).use("a").see(account({"a", "b"})).restart();
  old.see(account({"b"}), 24h * 91);
  EXPECT_FALSE(old.losses().at(0).none_in_use);
  Story other;
  other.see(account({"a", "b"})).use("a", "bob").see(account({"b"}));
  EXPECT_FALSE(other.losses().at(0).none_in_use);
}

TEST(KeyRecord, ItEndsByItself) {
  Story story;
  story.see(account({"a", "b"})).see(account({"b"})).see(account({"b"}), 23h);
  EXPECT_EQ(story.losses().size(), 1U);
  story.see(account({"b"}), 1h);
  EXPECT_TRUE(story.losses().empty());

  Story none;
  none.see(account({"a"})).see(account({})).see(account({}), 24h * 7 - 1min);
  EXPECT_FALSE(none.losses().at(0).over);
  none.restart().see(account({}), 1min);
  EXPECT_TRUE(none.losses().at(0).over);
  none.see(account({}), 24h * 30);
  EXPECT_TRUE(none.losses().at(0).over) << "told once";
  none.see(account({"c"})).see(account({}));
  EXPECT_FALSE(none.losses().at(0).over) << "another time";

  // After days without a key there is a new one.
  Story again;
  again.see(account({"a"})).see(account({})).see(account({"b"}), 72h);
  EXPECT_TRUE(again.losses().empty());
}

TEST(KeyRecord, AKeyThatIsRejectedMayGo) {
  Story story;
  AccountKeys now = account({"a", "b"});
  story.see(now);
  now.keys[0].rejected = true; // expired meanwhile
  story.see(now).see(account({"b"}));
  EXPECT_TRUE(story.losses().empty());
  // The keys that are left are none to log in with.
  now = account({"b", "c"});
  now.keys[1].rejected = true;
  story.use("b").see(now);
  now.keys.erase(now.keys.begin());
  story.see(now);
  ASSERT_EQ(story.losses().size(), 1U);
  EXPECT_TRUE(story.losses()[0].none_in_use);
}

TEST(KeyRecord, AnotherAuthorizedKeysFile) {
  AccountKeys elsewhere = account({"b"});
  elsewhere.paths = {"/etc/ssh/keys/alice"};
  // One of the keys is there: the others were left behind.
  Story kept;
  kept.see(account({"a", "b"})).see(elsewhere);
  EXPECT_TRUE(kept.losses().empty());
  // None of them is.
  Story none;
  none.see(account({"a"})).see(elsewhere);
  ASSERT_EQ(none.losses().size(), 1U);
  EXPECT_TRUE(none.losses()[0].moved);
  none.see(account({"a"}));
  EXPECT_TRUE(none.losses().empty());
  elsewhere.keys.clear();
  none.see(elsewhere);
  ASSERT_EQ(none.losses().size(), 1U);
  EXPECT_TRUE(none.losses()[0].moved);
  EXPECT_TRUE(none.losses()[0].left.empty());
}

TEST(KeyRecord, WithoutARecordOfItsKeys) {
  // It got in before the agent knew of keys, and has nothing to come with.
  Story story;
  story.see(account({}));
  ASSERT_EQ(story.losses().size(), 1U);
  EXPECT_TRUE(story.losses()[0].gone.empty());
  EXPECT_TRUE(story.losses()[0].got_in);
  for (const auto& change : std::vector<std::function<void(AccountKeys&)>>{
           [](AccountKeys& one) { one.got_in = false; },
           [](AccountKeys& one) { one.way = true; }, // by a password
           [](AccountKeys& one) { one.elsewhere = true; },
           [](AccountKeys& one) { one.by_key = false; }}) {
    AccountKeys now = account({});
    change(now);
    EXPECT_TRUE(Story{}.see(now).losses().empty());
  }
}

TEST(KeyRecord, AnotherWay) {
  AccountKeys now = account({});
  now.way = true; // a password
  EXPECT_TRUE(Story{}.see(account({"a"})).see(now).losses().at(0).way);
  now = account({"b"});
  now.elsewhere = true; // AuthorizedKeysCommand
  EXPECT_TRUE(Story{}.see(account({"a"})).see(now).losses().at(0).way);
}

TEST(KeyRecord, TheClockWasSetBack) {
  Story story;
  story.see(account({"a", "b"})).use("a").see(account({"b"}));
  story.see(account({"b"}), -24h * 365);
  ASSERT_EQ(story.losses().size(), 1U);
  EXPECT_LE(story.losses()[0].since, story.time.time_since_epoch() / 1s);
  story.see(account({"b"}), 25h);
  EXPECT_TRUE(story.losses().empty());
  // Before 1970, even.
  Story early;
  early.see(account({"a"})).see(account({}), -24h * 365 * 80);
  EXPECT_EQ(early.losses().size(), 1U);
}

TEST(KeyRecord, IsBounded) {
  std::vector<AccountKeys> many;
  for (std::uint32_t uid = 0; uid < 1000; ++uid) {
    many.push_back(account({"k" + std::to_string(uid)}, "u" + std::to_string(uid), 2000 + uid));
    many.back().got_in = uid >= 990;
  }
  const KeyRecord record = engine::note_keys({}, many, {}, at_noon.wall);
  ASSERT_EQ(record.accounts.size(), KeyRecord::most_accounts);
  for (std::uint32_t uid = 2990; uid < 3000; ++uid)
    EXPECT_TRUE(std::ranges::any_of(record.accounts, [uid](const auto& one) {
      return one.uid == uid;
    })) << uid;
  // Whoever exchanges his keys all day.
  Story story;
  for (int round = 0; round < 1000; ++round)
    story.see(account({"r" + std::to_string(round)}), 1s);
  EXPECT_LE(story.record.accounts.at(0).keys.size(), 128U);
  EXPECT_EQ(story.losses().size(), 1U);
}

TEST(KeyRecord, ComesBackAsItWas) {
  Story story;
  story.see(account({"a", "b"})).use("a").see(account({"b"})).restart();
  AccountKeys hostile = account({"a"}, "al\n\"ice\x1b[2J");
  hostile.home = "/home/\xff";
  const auto record = engine::note_keys({}, {hostile}, {}, at_noon.wall);
  const std::string text = engine::to_json(record);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  const auto back = engine::key_record(text);
  ASSERT_TRUE(back);
  // Its home is another one by now, so that it is begun anew; nothing is told.
  const auto next = engine::note_keys(*back, {hostile}, {}, at_noon.wall);
  EXPECT_TRUE(engine::key_losses(next, {hostile}, at_noon.wall).empty());
}

TEST(KeyRecord, ADamagedFile) {
  const std::string good = R"({"version":1,"accounts":[{"uid":1,"name":"a","home":"/a","files":[],)"
                           R"("keys":[{"type":"RSA","fingerprint":"SHA256:x","seen":1}]}]})";
  ASSERT_TRUE(engine::key_record(good));
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  std::string list = "[";
  for (int i = 0; i < 200; ++i)
    list += std::string{i == 0 ? "" : ","} + R"({"type":"R","fingerprint":"f","seen":1})";
  for (const std::string& text :
       {std::string{},
        std::string{"null"},
        std::string{"[]"},
        std::string{"{}"},
        good.substr(0, good.size() / 2),
        with("\"version\":1", "\"version\":2"),
        with("\"version\":1", "\"version\":\"1\""),
        with("\"uid\":1", "\"uid\":-1"),
        with("\"uid\":1", "\"uid\":4294967296"),
        with("\"uid\":1", "\"uid\":1.5"),
        with("\"seen\":1", "\"seen\":18446744073709551615"),
        with("\"seen\":1", "\"seen\":-1"),
        with("\"seen\":1", "\"seen\":\"x\""),
        with("\"seen\":1", "\"seen\":1,\"rejected\":1"),
        with("\"name\":\"a\"", "\"name\":7"),
        with("\"files\":[]", "\"files\":[1]"),
        with("\"files\":[]", "\"files\":{}"),
        with("SHA256:x", std::string(65, 'x')),
        with("\"name\":\"a\"", "\"name\":\"" + std::string(257, 'a') + "\""),
        with(R"([{"type":"RSA","fingerprint":"SHA256:x","seen":1}])", list + "]"),
        std::string(1000, '[')})
    EXPECT_FALSE(engine::key_record(text)) << text.substr(0, 200);
}

TEST(KeyRecord, an_account_that_provisioning_made_without_a_key) {
  AccountKeys made = account({}, "debian");
  made.got_in = false;
  made.provisioned = true;
  Story story;
  ASSERT_EQ(story.see(made).losses().size(), 1U);
  EXPECT_TRUE(story.losses()[0].provisioned);
  for (const auto change :
       {+[](AccountKeys& one) { one.provisioned = false; },
        +[](AccountKeys& one) { one.way = true; }, +[](AccountKeys& one) { one.elsewhere = true; },
        +[](AccountKeys& one) { one.all_seen = false; },
        +[](AccountKeys& one) { one.bad_lines = true; },
        +[](AccountKeys& one) { one.by_key = false; }}) {
    AccountKeys other = made;
    change(other);
    EXPECT_TRUE(Story{}.see(other).losses().empty());
  }
}

} // namespace
} // namespace sshguardd::test
