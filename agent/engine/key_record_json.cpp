#include "engine/key_record.hpp"

#include <nlohmann/json.hpp>

#include <concepts>

namespace sshguardd::engine {
namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 1;
constexpr std::size_t most_paths = 16;
constexpr std::size_t most_keys = 2 * AccountKeys::most;
constexpr std::size_t longest_word = 64;
constexpr std::size_t longest_name = 256;
constexpr std::size_t longest_path = 4096;
// Far from the ends of its type: it is calculated with.
constexpr std::int64_t latest = std::int64_t{1} << 40U;

Json key_json(const RecordedKey& key) {
  Json json{{"type", key.name.type}, {"fingerprint", key.name.hash}, {"seen", key.seen}};
  if (key.used != 0) json["used"] = key.used;
  if (key.gone != 0) json["gone"] = key.gone;
  if (key.rejected) json["rejected"] = true;
  return json;
}

// Reads one object's fields; the first that is not as it should be spoils all.
class Reader {
public:
  explicit Reader(const Json& object) : object_{object}, good_{object.is_object()} {}

  [[nodiscard]] bool good() const { return good_; }

  void text(const char* name, std::string& into, std::size_t longest) {
    const Json* value = find(name, true);
    if (value == nullptr || !value->is_string()) return fail();
    into = value->get<std::string>();
    if (into.size() > longest) fail();
  }

  template <std::integral T> void number(const char* name, T& into, std::int64_t most) {
    const Json* value = find(name, false);
    if (value == nullptr) return;
    if (!value->is_number_unsigned() ||
        value->get<std::uint64_t>() > static_cast<std::uint64_t>(most))
      return fail();
    into = static_cast<T>(value->get<std::uint64_t>());
  }

  void flag(const char* name, bool& into) {
    const Json* value = find(name, false);
    if (value == nullptr) return;
    if (!value->is_boolean()) return fail();
    into = value->get<bool>();
  }

  template <class Each> void list(const char* name, std::size_t most, Each each) {
    const Json* value = find(name, true);
    if (value == nullptr || !value->is_array() || value->size() > most) return fail();
    for (const Json& one : *value) {
      if (!each(one)) return fail();
    }
  }

private:
  const Json* find(const char* name, bool needed) {
    if (!good_) return nullptr;
    const auto found = object_.find(name);
    if (found != object_.end()) return &*found;
    if (needed) fail();
    return nullptr;
  }
  void fail() { good_ = false; }

  const Json& object_;
  bool good_;
};

bool read(const Json& json, RecordedKey& key) {
  Reader reader{json};
  reader.text("type", key.name.type, longest_word);
  reader.text("fingerprint", key.name.hash, longest_word);
  reader.number("seen", key.seen, latest);
  reader.number("used", key.used, latest);
  reader.number("gone", key.gone, latest);
  reader.flag("rejected", key.rejected);
  return reader.good();
}

bool read(const Json& json, RecordedAccount& account) {
  Reader reader{json};
  reader.number("uid", account.uid, 0xffffffffLL);
  reader.text("name", account.name, longest_name);
  reader.text("home", account.home, longest_path);
  reader.number("keyless", account.keyless, latest);
  reader.flag("moved", account.moved);
  reader.flag("got_in", account.got_in);
  reader.list("files", most_paths, [&](const Json& one) {
    if (!one.is_string()) return false;
    account.paths.push_back(one.get<std::string>());
    return account.paths.back().size() <= longest_path;
  });
  reader.list("keys", most_keys,
              [&](const Json& one) { return read(one, account.keys.emplace_back()); });
  return reader.good();
}

} // namespace

std::string to_json(const KeyRecord& record) {
  Json accounts = Json::array();
  for (const RecordedAccount& account : record.accounts) {
    Json json{{"uid", account.uid}, {"name", account.name}, {"home", account.home}};
    if (account.keyless != 0) json["keyless"] = account.keyless;
    if (account.moved) json["moved"] = true;
    if (account.got_in) json["got_in"] = true;
    json["files"] = account.paths;
    json["keys"] = Json::array();
    for (const RecordedKey& key : account.keys)
      json["keys"].push_back(key_json(key));
    accounts.push_back(std::move(json));
  }
  // A name that is no UTF-8 comes back as another: then that account is begun anew.
  return Json{{"version", version}, {"accounts", std::move(accounts)}}.dump(
             1, ' ', true, Json::error_handler_t::replace) +
         "\n";
}

std::optional<KeyRecord> key_record(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  Reader reader{json};
  int told = 0;
  reader.number("version", told, 1'000'000);
  if (told != version) return std::nullopt;
  KeyRecord record;
  reader.list("accounts", KeyRecord::most_accounts,
              [&](const Json& one) { return read(one, record.accounts.emplace_back()); });
  if (!reader.good()) return std::nullopt;
  return record;
}

} // namespace sshguardd::engine
