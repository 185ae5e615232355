#include "engine/host_key_record.hpp"
#include "fixture.hpp"

namespace sshguardd::test {
namespace {

using engine::HostKeyRecord;
using Keys = std::vector<KeyFingerprint>;

const KeyFingerprint ed{"ED25519", "SHA256:ed"};
const KeyFingerprint ed_new{"ED25519", "SHA256:ed-new"};
const KeyFingerprint rsa{"RSA", "SHA256:rsa"};
const KeyFingerprint rsa_new{"RSA", "SHA256:rsa-new"};
const KeyFingerprint ecdsa{"ECDSA", "SHA256:ecdsa"};

struct Row {
  const char* name;
  Keys known;
  Keys in_use;
  bool all;
  Keys replaced; // empty: no change
};

TEST(HostKeyRecord, WhatIsAChange) {
  const Row rows[] = {
      {"nothing was known", {}, {ed}, true, {}},
      {"the same", {ed, rsa}, {rsa, ed}, true, {}},
      {"one beside it", {ed}, {ed, rsa}, true, {}},
      {"one fewer", {ed, rsa}, {ed}, true, {}},
      {"another of its type", {ed, rsa}, {ed_new, rsa}, true, {ed}},
      {"all others", {ed, rsa}, {ed_new, rsa_new}, true, {ed, rsa}},
      {"another type alone", {ed}, {rsa}, true, {ed}},
      {"another type, and one unknown", {ed}, {rsa}, false, {}},
      {"none could be told", {ed}, {}, false, {}},
      {"none at all", {ed}, {}, true, {}},
      {"two of a type, one left", {rsa, rsa_new}, {rsa_new}, true, {}},
      {"a second of its type", {rsa}, {rsa, rsa_new}, true, {}},
  };
  for (const Row& row : rows) {
    const auto now = engine::note_host_keys({.keys = row.known, .change = {}}, row.in_use, row.all,
                                            at_noon.wall);
    EXPECT_EQ(now.change.has_value(), !row.replaced.empty()) << row.name;
    if (now.change) {
      EXPECT_EQ(now.change->old, row.replaced) << row.name;
      EXPECT_EQ(now.change->since, at_noon.wall) << row.name;
    }
  }
}

TEST(HostKeyRecord, AChangeEnds) {
  const auto changed =
      engine::note_host_keys({.keys = {ed}, .change = {}}, {ed_new}, true, at_noon.wall);
  ASSERT_TRUE(changed.change);
  // It stands until its time is over, however often it is seen.
  const auto later = engine::note_host_keys(changed, {ed_new}, true, at_noon.wall + 23h);
  ASSERT_TRUE(later.change);
  EXPECT_EQ(later.change->since, at_noon.wall);
  EXPECT_FALSE(engine::note_host_keys(later, {ed_new}, true, at_noon.wall + 24h).change);
  EXPECT_FALSE(engine::without_old_change(later, at_noon.wall + 24h).change);
  // The old ones are back.
  EXPECT_FALSE(engine::note_host_keys(later, {ed}, true, at_noon.wall + 1h).change);
  // A second change: clients know the first ones.
  const auto again = engine::note_host_keys(later, {rsa_new}, true, at_noon.wall + 1h);
  ASSERT_TRUE(again.change);
  EXPECT_EQ(again.change->old, Keys{ed});
  // The clock was set back.
  const auto early = engine::without_old_change(changed, at_noon.wall - 48h);
  ASSERT_TRUE(early.change);
  EXPECT_EQ(early.change->since, at_noon.wall - 48h);
}

TEST(HostKeyRecord, ATypeThatIsDropped) {
  const HostKeyRecord record{.keys = {ed, rsa}, .change = {}};
  EXPECT_EQ(engine::dropped_keys(record, {{rsa}, true}), Keys{ed});
  EXPECT_EQ(engine::dropped_keys(record, {{rsa_new, ecdsa}, true}), Keys{ed});
  EXPECT_EQ(engine::dropped_keys(record, {{rsa, ed_new}, true}), Keys{});
  EXPECT_EQ(engine::dropped_keys(record, {{rsa}, false}), Keys{});
  EXPECT_EQ(engine::dropped_keys(record, {{}, true}), Keys{});
}

TEST(HostKeyRecord, OneThatIsAwayIsStillKnown) {
  struct Steps {
    const char* name;
    std::vector<Keys> in_use;
    Keys replaced;
  };
  const Steps rows[] = {
      {"away, then another of its type", {{ed, rsa}, {rsa}, {ed_new, rsa}}, {ed}},
      {"away, and back", {{ed, rsa}, {rsa}, {ed, rsa}}, {}},
      {"away for long, then another", {{ed, rsa}, {rsa}, {rsa, ecdsa}, {rsa}, {ed_new, rsa}}, {ed}},
      {"none for a while, then another", {{ed, rsa}, {}, {ed_new, rsa}}, {ed}},
  };
  for (const Steps& row : rows) {
    HostKeyRecord record;
    for (const Keys& keys : row.in_use)
      record = engine::note_host_keys(std::move(record), keys, true, at_noon.wall);
    EXPECT_EQ(record.change ? record.change->old : Keys{}, row.replaced) << row.name;
  }
}

TEST(HostKeyRecord, AChangeEndsByTheOldKeysAlone) {
  const auto changed =
      engine::note_host_keys({.keys = {ed, rsa}, .change = {}}, {ed_new, rsa}, true, at_noon.wall);
  ASSERT_TRUE(changed.change);
  // The new one is gone, too; or could not be told.
  for (const bool all : {true, false}) {
    EXPECT_TRUE(engine::note_host_keys(changed, {rsa}, all, at_noon.wall + 1h).change) << all;
    EXPECT_TRUE(engine::note_host_keys(changed, {}, all, at_noon.wall + 1h).change) << all;
  }
  EXPECT_FALSE(engine::note_host_keys(changed, {ed, rsa}, true, at_noon.wall + 1h).change);
  EXPECT_FALSE(engine::note_host_keys(changed, {ed}, false, at_noon.wall + 1h).change);
  // One of two is back.
  const auto both = engine::note_host_keys({.keys = {ed, rsa}, .change = {}}, {ed_new, rsa_new},
                                           true, at_noon.wall);
  const auto half = engine::note_host_keys(both, {ed, rsa_new}, true, at_noon.wall + 1h);
  ASSERT_TRUE(half.change);
  EXPECT_EQ(half.change->old, Keys{rsa});
}

// Loaded by the sshd that runs, with the configuration that it runs with.
Snapshot with_keys() {
  Snapshot snapshot = healthy();
  const std::int64_t before = snapshot.units->service.active_enter_us - 1;
  HostKeys keys;
  for (const KeyFingerprint& key : {ed, rsa})
    keys.keys.push_back({.path = "/etc/ssh/" + key.type,
                         .exists = true,
                         .regular = true,
                         .changed_us = before,
                         .fingerprint = key});
  snapshot.host_keys = keys;
  return snapshot;
}

TEST(HostKeyRecord, WhatIsInUse) {
  struct InUse {
    const char* name;
    std::function<void(Snapshot&)> change;
    std::optional<Keys> split, old; // 9.8 and later; before
    bool all = true;
  };
  const Keys both{ed, rsa};
  const auto key = [](Snapshot& snapshot, std::size_t at, auto edit) {
    change(snapshot.host_keys, [&](HostKeys& keys) { edit(keys.keys[at]); });
  };
  const auto started = healthy().units->service.active_enter_us;
  const InUse rows[] = {
      {"all", [](Snapshot&) {}, both, both},
      {"a newer configuration",
       [&](Snapshot& s) { change(s.config, [&](auto& c) { c.newest_change_us = started; }); },
       {},
       {}},
      {"files that are not followed",
       [](Snapshot& s) { change(s.config, [](auto& c) { c.incomplete = "too many"; }); },
       {},
       {}},
      {"a configuration that is refused",
       [](Snapshot& s) { change(s.config_test, [](auto& t) { t.passed = false; }); },
       {},
       {}},
      {"no answer", [](Snapshot& s) { s.probe = Unknown{"none"}; }, {}, {}},
      {"still asked for",
       [](Snapshot& s) { change(s.host_keys, [](auto& k) { k.asking = true; }); },
       {},
       {}},
      {"a newer key",
       [&](Snapshot& s) { key(s, 0, [&](HostKey& k) { k.changed_us = started; }); },
       {},
       both},
      {"gone since the start",
       [&](Snapshot& s) {
         key(s, 0, [&](HostKey& k) { k = {.path = k.path, .changed_us = started}; });
       },
       {},
       Keys{rsa}},
      {"gone before it",
       [&](Snapshot& s) {
         key(s, 0, [&](HostKey& k) { k = {.path = k.path, .changed_us = started - 1}; });
       },
       Keys{rsa}, Keys{rsa}},
      {"with an agent",
       [&](Snapshot& s) {
         key(s, 0, [&](HostKey& k) { k = {.path = k.path, .changed_us = started - 1}; });
         change(s.host_keys, [](auto& k) { k.agent = true; });
       },
       Keys{rsa}, Keys{rsa}, false},
      {"not told by the private key",
       [&](Snapshot& s) { key(s, 1, [](HostKey& k) { k.unproven = true; }); }, Keys{ed}, Keys{ed},
       false},
      {"dropped",
       [](Snapshot& s) {
         change(s.config_test, [](auto& t) { t.keys = {{"/etc/ssh/RSA", 0, "no"}}; });
       },
       Keys{ed}, Keys{ed}, false},
  };
  for (const InUse& row : rows) {
    for (const bool reread : {false, true}) {
      Snapshot snapshot = with_keys();
      change(snapshot.host_keys, [&](HostKeys& keys) { keys.reread = reread; });
      row.change(snapshot);
      const auto in_use = engine::keys_in_use(snapshot);
      EXPECT_EQ(in_use ? std::optional{in_use->keys} : std::nullopt, reread ? row.old : row.split)
          << row.name << " " << reread;
      if (in_use) {
        EXPECT_EQ(in_use->all, row.all) << row.name;
      }
    }
  }
}

TEST(HostKeyRecord, OneThatCouldNotBeToldIsStillKnown) {
  const auto now =
      engine::note_host_keys({.keys = {ed, rsa}, .change = {}}, {rsa, ecdsa}, false, at_noon.wall);
  EXPECT_EQ(now.keys, (Keys{rsa, ecdsa, ed}));
}

TEST(HostKeyRecord, ThereAndBackAsText) {
  HostKeyRecord record{.keys = {ed, rsa}, .change = HostKeyChange{at_noon.wall, {ed_new}}};
  EXPECT_EQ(engine::host_key_record(engine::to_json(record)), record);
  record.change.reset();
  EXPECT_EQ(engine::host_key_record(engine::to_json(record)), record);
  for (const char* text :
       {"", "{", "[]", "{}", "null", R"({"keys": 1})", R"({"keys": [1]})",
        R"({"keys": [{"type": "RSA"}]})", R"({"keys": [{"type": 1, "fingerprint": "x"}]})",
        R"({"keys": [], "change": 1})", R"({"keys": [], "change": {"since_us": "x", "old": []}})",
        R"({"keys": [], "change": {"since_us": -1, "old": []}})",
        R"({"keys": [], "change": {"since_us": 18446744073709551615, "old": []}})",
        R"({"keys": [], "change": {"since_us": 1}})"})
    EXPECT_FALSE(engine::host_key_record(text)) << text;
  const std::string long_word(1000, 'x');
  EXPECT_FALSE(engine::host_key_record(R"({"keys": [{"type": "RSA", "fingerprint": ")" + long_word +
                                       "\"}]}"));
}

} // namespace
} // namespace sshguardd::test
