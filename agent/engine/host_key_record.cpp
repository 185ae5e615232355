#include "engine/host_key_record.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace sshguardd::engine {
namespace {

using Json = nlohmann::ordered_json;
using Keys = std::vector<KeyFingerprint>;

constexpr std::size_t most_keys = 16;
constexpr std::size_t longest_word = 64;

bool holds(const Keys& keys, const KeyFingerprint& key) {
  return std::ranges::find(keys, key) != keys.end();
}

bool holds_type(const Keys& keys, const std::string& type) {
  return std::ranges::find(keys, type, &KeyFingerprint::type) != keys.end();
}

// The known keys whose type is still in use, by other keys only; all where none of them is left.
Keys replaced(const Keys& known, const Keys& in_use, bool all) {
  const bool one_left =
      std::ranges::any_of(known, [&](const KeyFingerprint& key) { return holds(in_use, key); });
  if (!one_left && all) return known;
  Keys gone;
  std::ranges::copy_if(known, std::back_inserter(gone), [&](const KeyFingerprint& key) {
    return holds_type(in_use, key.type) &&
           std::ranges::none_of(known, [&](const KeyFingerprint& other) {
             return other.type == key.type && holds(in_use, other);
           });
  });
  return gone;
}

// As sshd found it when it started; of one that is gone its directory tells.
bool as_at_start(const HostKey& key, const Unit& service) {
  return key.changed_us < service.read_config_us();
}

Json keys_json(const Keys& keys) {
  Json list = Json::array();
  for (const KeyFingerprint& key : keys)
    list.push_back({{"type", key.type}, {"fingerprint", key.hash}});
  return list;
}

std::optional<Keys> read_keys(const Json& object, const char* name) {
  const auto list = object.find(name);
  if (list == object.end() || !list->is_array() || list->size() > most_keys) return std::nullopt;
  Keys keys;
  for (const Json& one : *list) {
    if (!one.is_object()) return std::nullopt;
    const auto type = one.find("type");
    const auto hash = one.find("fingerprint");
    if (type == one.end() || hash == one.end() || !type->is_string() || !hash->is_string())
      return std::nullopt;
    keys.push_back({type->get<std::string>(), hash->get<std::string>()});
    if (keys.back().type.size() > longest_word || keys.back().hash.size() > longest_word)
      return std::nullopt;
  }
  return keys;
}

} // namespace

HostKeyRecord without_old_change(HostKeyRecord record, WallTime now) {
  if (!record.change) return record;
  // The clock was set back.
  if (record.change->since > now) record.change->since = now;
  if (now - record.change->since >= told_for) record.change.reset();
  return record;
}

std::optional<KeysInUse> keys_in_use(const Snapshot& snapshot) {
  if (!snapshot.units || !snapshot.host_keys || !snapshot.config || !snapshot.config_test)
    return std::nullopt;
  const Unit& service = snapshot.units->service;
  const HostKeys& host_keys = *snapshot.host_keys;
  const bool answers = service.active() && !service.moving() && snapshot.probe &&
                       snapshot.probe->alive && !snapshot.probing && snapshot.config_test->passed;
  if (!answers || host_keys.asking) return std::nullopt;
  // Which keys are to be used is not what this sshd has read.
  if (!snapshot.config->incomplete.empty() || !has_read(service, *snapshot.config))
    return std::nullopt;
  const auto loaded = [&](const HostKey& key) { return as_at_start(key, service); };
  if (!host_keys.reread && !std::ranges::all_of(host_keys.keys, loaded)) return std::nullopt;
  KeysInUse in_use;
  for (const HostKey& key : host_keys.keys) {
    // One that is not there may be in the agent that HostKeyAgent names.
    if (!key.exists && !host_keys.agent) continue;
    const bool dropped = std::ranges::any_of(
        snapshot.config_test->keys, [&](const ConfigError& said) { return said.file == key.path; });
    if (key.fingerprint && !key.unproven && !dropped)
      in_use.keys.push_back(*key.fingerprint);
    else
      in_use.all = false;
  }
  return in_use;
}

HostKeyRecord note_host_keys(HostKeyRecord record, const std::vector<KeyFingerprint>& in_use,
                             bool all, WallTime now) {
  record = without_old_change(std::move(record), now);
  if (in_use.empty()) return record;
  if (const Keys gone = replaced(record.keys, in_use, all); !gone.empty()) {
    if (!record.change) record.change = HostKeyChange{};
    record.change->since = now;
    // What clients knew before the first of several changes.
    const Keys before = record.change->old;
    std::ranges::copy_if(gone, std::back_inserter(record.change->old),
                         [&](const KeyFingerprint& key) { return !holds_type(before, key.type); });
    if (record.change->old.size() > most_keys) record.change->old.resize(most_keys);
  }
  if (record.change) {
    // By being seen alone: one that is merely not there is not back.
    std::erase_if(record.change->old,
                  [&](const KeyFingerprint& key) { return holds(in_use, key); });
    if (record.change->old.empty()) record.change.reset();
  }
  // Clients still know one that is not in use now.
  Keys keys = in_use;
  for (const KeyFingerprint& key : record.keys) {
    if (!holds_type(in_use, key.type)) keys.push_back(key);
  }
  if (keys.size() > most_keys) keys.resize(most_keys);
  record.keys = std::move(keys);
  return record;
}

std::vector<KeyFingerprint> dropped_keys(const HostKeyRecord& record, const KeysInUse& in_use) {
  Keys dropped;
  if (!in_use.all || in_use.keys.empty()) return dropped;
  std::ranges::copy_if(record.keys, std::back_inserter(dropped), [&](const KeyFingerprint& key) {
    return !holds_type(in_use.keys, key.type);
  });
  return dropped;
}

std::string to_json(const HostKeyRecord& record) {
  Json json{{"keys", keys_json(record.keys)}};
  if (record.change)
    json["change"] = {{"since_us", record.change->since.time_since_epoch().count()},
                      {"old", keys_json(record.change->old)}};
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::optional<HostKeyRecord> host_key_record(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  auto keys = read_keys(json, "keys");
  if (!keys) return std::nullopt;
  HostKeyRecord record{.keys = std::move(*keys), .change = {}};
  const auto change = json.find("change");
  if (change == json.end()) return record;
  if (!change->is_object()) return std::nullopt;
  const auto since = change->find("since_us");
  auto old = read_keys(*change, "old");
  if (since == change->end() || !since->is_number_integer() || !old) return std::nullopt;
  // Far from the ends of its type: it is calculated with.
  constexpr std::int64_t most = std::int64_t{1} << 60U;
  if (since->is_number_unsigned() && since->get<std::uint64_t>() > most) return std::nullopt;
  const auto us = since->get<std::int64_t>();
  if (us < 0) return std::nullopt;
  record.change =
      HostKeyChange{.since = WallTime{std::chrono::microseconds{us}}, .old = std::move(*old)};
  return record;
}

} // namespace sshguardd::engine
