#include "engine/key_record.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::engine {
namespace {

constexpr std::int64_t a_day = 86'400;
constexpr std::size_t most_keys = 2 * AccountKeys::most; // with those that are gone

std::int64_t seconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::int64_t seconds_of(std::chrono::days days) {
  return std::chrono::duration_cast<std::chrono::seconds>(days).count();
}

// The clock was set back: nothing lies in the future.
void not_after(std::int64_t& time, std::int64_t now) {
  time = std::min(time, now);
}

bool is_there(const RecordedKey& key) {
  return key.gone == 0;
}

bool in_use(const RecordedKey& key, std::int64_t now) {
  return key.used != 0 && now - key.used < seconds_of(key_in_use_for);
}

const AccountKeys::Key* find(const AccountKeys& account, const KeyFingerprint& name) {
  const auto found = std::ranges::find(account.keys, name, &AccountKeys::Key::name);
  return found == account.keys.end() ? nullptr : &*found;
}

const RecordedAccount* find(const KeyRecord& record, const AccountKeys& account) {
  const auto found = std::ranges::find(record.accounts, account.uid, &RecordedAccount::uid);
  return found == record.accounts.end() ? nullptr : &*found;
}

void note_uses(RecordedAccount& account, const KeyUses& uses, std::int64_t now) {
  for (RecordedKey& key : account.keys) {
    not_after(key.seen, now);
    not_after(key.used, now);
    not_after(key.gone, now);
    const auto use = uses.find({account.name, key.name.hash});
    if (use == uses.end()) continue;
    const std::int64_t used = std::min(seconds_of(use->second), now);
    if (key.used == 0 || used - key.used >= a_day) key.used = used;
  }
  not_after(account.keyless, now);
}

// What is there is there, whatever else could not be seen.
void note_present(RecordedAccount& account, const AccountKeys& now, std::int64_t time) {
  for (const AccountKeys::Key& key : now.keys) {
    const auto known = std::ranges::find(account.keys, key.name, &RecordedKey::name);
    if (known != account.keys.end()) {
      known->gone = 0;
      known->rejected = key.rejected;
      continue;
    }
    // Of those that are gone the one that went first makes room.
    if (account.keys.size() >= most_keys) {
      const auto oldest = std::ranges::min_element(account.keys, {}, [](const RecordedKey& one) {
        return std::pair{is_there(one), one.gone};
      });
      account.keys.erase(oldest);
    }
    account.keys.push_back({.name = key.name, .seen = time, .rejected = key.rejected});
  }
}

// sshd looks in other files than before. Where it still finds one of the keys there, whoever
// changed that has seen to the account, and what is not there was left behind on purpose; where it
// finds none of them, they are gone as if somebody had removed them.
bool left_behind(const RecordedAccount& account, const AccountKeys& now) {
  return account.paths != now.paths &&
         std::ranges::any_of(account.keys, [&now](const RecordedKey& key) {
           return find(now, key.name) != nullptr;
         });
}

void note_absent(RecordedAccount& account, const AccountKeys& now, std::int64_t time) {
  const bool silently = left_behind(account, now);
  const bool moved = account.paths != now.paths;
  bool lost = false;
  std::erase_if(account.keys, [&](RecordedKey& key) {
    if (!is_there(key) || find(now, key.name) != nullptr) return false;
    if (key.rejected || silently) return true;
    key.gone = time;
    lost = true;
    return false;
  });
  if (lost) account.moved = moved;
  account.paths = now.paths;
}

// It has no key, and that is not another finding's matter: bad lines are.
bool is_keyless(const AccountKeys& now) {
  return now.keys.empty() && !now.bad_lines;
}

// Somebody was to come, and has nothing to show.
bool was_made_in_vain(const AccountKeys& now) {
  return now.provisioned && now.by_key && now.all_seen && is_keyless(now) && !now.got_in &&
         !now.way && !now.elsewhere;
}

void note_keyless(RecordedAccount& account, const AccountKeys& now, std::int64_t time) {
  if (!is_keyless(now)) {
    account.keyless = 0;
    return;
  }
  if (account.keyless != 0) return;
  // Without a record of its keys: it got in before, and now there is nothing that it could come
  // with.
  const bool had_keys = !account.keys.empty();
  if (had_keys || (now.got_in && !now.way && !now.elsewhere)) account.keyless = time;
}

// A key that is gone is told for a day beside others; while the account has none it is kept.
void forget(RecordedAccount& account, std::int64_t now) {
  if (account.keyless != 0) return;
  std::erase_if(account.keys, [&](const RecordedKey& key) {
    return !is_there(key) && now - key.gone >= seconds_of(gone_told_for);
  });
  if (std::ranges::all_of(account.keys, is_there)) account.moved = false;
}

// Room for one more: who never got in makes it for who did.
bool make_room(KeyRecord& record, const AccountKeys& account) {
  if (record.accounts.size() < KeyRecord::most_accounts) return true;
  if (!account.got_in && account.uid != 0) return false;
  const auto other = std::ranges::find_if(
      record.accounts, [](const RecordedAccount& one) { return !one.got_in && one.uid != 0; });
  if (other == record.accounts.end()) return false;
  record.accounts.erase(other);
  return true;
}

RecordedAccount* entry_for(KeyRecord& record, const AccountKeys& account) {
  auto known = std::ranges::find(record.accounts, account.uid, &RecordedAccount::uid);
  if (known != record.accounts.end()) {
    if (known->name == account.name && known->home == account.home) return &*known;
    record.accounts.erase(known);
  }
  // Who has no key and cannot be missed is not worth an entry.
  if (account.keys.empty() && !account.got_in) return nullptr;
  if (!make_room(record, account)) return nullptr;
  record.accounts.push_back({.uid = account.uid,
                             .name = account.name,
                             .home = account.home,
                             .paths = account.paths,
                             .keys = {}});
  return &record.accounts.back();
}

} // namespace

KeyRecord note_keys(KeyRecord record, const std::vector<AccountKeys>& now, const KeyUses& uses,
                    WallTime time) {
  const std::int64_t seconds = std::max<std::int64_t>(seconds_of(time), 1);
  for (const AccountKeys& account : now) {
    RecordedAccount* entry = entry_for(record, account);
    if (entry == nullptr) continue;
    entry->got_in = account.got_in;
    // Nobody is asked for a key, or other reasons keep the account out: whatever becomes of its
    // keys then is not missed.
    if (!account.by_key) continue;
    if (account.all_seen) note_absent(*entry, account, seconds);
    note_present(*entry, account, seconds);
    note_uses(*entry, uses, seconds);
    if (account.all_seen) note_keyless(*entry, account, seconds);
    forget(*entry, seconds);
  }
  return record;
}

std::vector<KeyLoss> key_losses(const KeyRecord& record, const std::vector<AccountKeys>& now,
                                WallTime time) {
  const std::int64_t seconds = seconds_of(time);
  std::vector<KeyLoss> losses;
  for (const AccountKeys& account : now) {
    const RecordedAccount* entry = find(record, account);
    if (entry == nullptr && was_made_in_vain(account))
      losses.push_back({.name = account.name,
                        .uid = account.uid,
                        .provisioned = true,
                        .paths = account.paths,
                        .files = account.files});
    // What could not be seen is no reason for alarm, and another finding tells it.
    if (entry == nullptr || !account.by_key || !account.all_seen) continue;
    const bool keyless = entry->keyless != 0 && is_keyless(account);
    KeyLoss loss{.name = account.name, .uid = account.uid, .since = keyless ? entry->keyless : 0};
    bool used_is_gone = false;
    bool used_is_left = false;
    for (const RecordedKey& key : entry->keys) {
      const bool used = in_use(key, seconds);
      if (is_there(key)) {
        used_is_left = used_is_left || (used && !key.rejected);
        continue;
      }
      used_is_gone = used_is_gone || used;
      loss.gone.push_back({.key = key.name, .used = key.used, .since = key.gone});
      loss.since = loss.since == 0 ? key.gone : std::min(loss.since, key.gone);
    }
    for (const AccountKeys::Key& key : account.keys)
      loss.left.push_back(key.name);
    // Bad lines alone are left: another finding tells them.
    if (loss.gone.empty() ? !keyless : account.keys.empty() && !keyless) continue;
    loss.none_in_use = used_is_gone && !used_is_left;
    loss.over = keyless && seconds - entry->keyless >= seconds_of(keyless_told_for);
    loss.moved = entry->moved;
    loss.got_in = account.got_in || used_is_gone;
    loss.way = account.elsewhere || (keyless && account.way);
    loss.paths = account.paths;
    loss.files = account.files;
    losses.push_back(std::move(loss));
  }
  return losses;
}

} // namespace sshguardd::engine
