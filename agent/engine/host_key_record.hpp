// The host keys that this instance has used, across boots: clients remember them. Pure.
#pragma once

#include "sshguardd/host_keys.hpp"
#include "sshguardd/snapshot.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

struct HostKeyRecord {
  std::vector<KeyFingerprint> keys;    // the last ones of each type that were seen in use
  std::optional<HostKeyChange> change; // told still

  bool operator==(const HostKeyRecord&) const = default;
};

// A change is told for so long: clients will have met it by then, and it may be somebody's wish.
inline constexpr std::chrono::hours told_for{24};

struct KeysInUse {
  std::vector<KeyFingerprint> keys;
  bool all = true; // no other key is in use
};

// What sshd shows to clients now: it answered, and neither its configuration nor the keys that it
// loads at its start are others than those it was started with. nullopt: nobody can tell.
[[nodiscard]] std::optional<KeysInUse> keys_in_use(const Snapshot& snapshot);

// These are in use now. all: no key is in use whose fingerprint is not among them.
// A key that is added beside known ones is no change, nor is one that is dropped while a known one
// is left; it stays known until another of its type is used. A change ends when its time is over or
// all that was replaced is in use again.
[[nodiscard]] HostKeyRecord note_host_keys(HostKeyRecord record,
                                           const std::vector<KeyFingerprint>& in_use, bool all,
                                           WallTime now);

[[nodiscard]] HostKeyRecord without_old_change(HostKeyRecord record, WallTime now);

// The recorded keys of a type that is in use no longer; none where not all that is in use is known.
[[nodiscard]] std::vector<KeyFingerprint> dropped_keys(const HostKeyRecord& record,
                                                       const KeysInUse& in_use);

[[nodiscard]] std::string to_json(const HostKeyRecord& record);
// nullopt where it is no such text.
[[nodiscard]] std::optional<HostKeyRecord> host_key_record(std::string_view text);

} // namespace sshguardd::engine
