// Which keys accounts had, across boots, so that one that is gone is known. Pure.
#pragma once

#include "sshguardd/accounts.hpp"
#include "sshguardd/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshguardd::engine {

// Times are seconds from 1970-01-01; 0: never.
struct RecordedKey {
  KeyFingerprint name;
  std::int64_t seen = 0; // first
  std::int64_t used = 0; // for a login, when last, by a day
  std::int64_t gone = 0; // since then it is not there
  // As it was last: one that sshd takes from nobody may go without a word.
  bool rejected = false;

  bool operator==(const RecordedKey&) const = default;
};

struct RecordedAccount {
  std::uint32_t uid = 0;
  std::string name; // with another name or home it is another account
  std::string home;
  std::vector<std::string> paths; // where sshd looked
  std::vector<RecordedKey> keys;
  std::int64_t keyless = 0; // since then it has none, and that is told
  bool moved = false;       // what is gone went when sshd began to look elsewhere
  bool got_in = false;      // who makes room for whom

  bool operator==(const RecordedAccount&) const = default;
};

struct KeyRecord {
  std::vector<RecordedAccount> accounts;
  static constexpr std::size_t most_accounts = 64;

  bool operator==(const KeyRecord&) const = default;
};

// An account without keys is told for so long: somebody may have meant it.
inline constexpr std::chrono::days keyless_told_for{7};
// Likewise a key that is gone beside others that are there.
inline constexpr std::chrono::days gone_told_for{1};
// A key that was used within this time is in use.
inline constexpr std::chrono::days key_in_use_for{90};

// (account's name, "SHA256:..."): the last login.
using KeyUses = std::map<std::pair<std::string, std::string>, WallTime>;

// These are the keys now. Accounts that are not among `now` stay as they are.
[[nodiscard]] KeyRecord note_keys(KeyRecord record, const std::vector<AccountKeys>& now,
                                  const KeyUses& uses, WallTime time);

// What is told of accounts that are among `now`, which were noted.
[[nodiscard]] std::vector<KeyLoss> key_losses(const KeyRecord& record,
                                              const std::vector<AccountKeys>& now, WallTime time);

[[nodiscard]] std::string to_json(const KeyRecord& record);
// nullopt where it is no such text.
[[nodiscard]] std::optional<KeyRecord> key_record(std::string_view text);

} // namespace sshguardd::engine
