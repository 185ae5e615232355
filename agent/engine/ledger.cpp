// The ledger's file. It is the agent's own, but a full disk, a kill in the middle or an older
// version may have left anything in it: what cannot be read costs a memory, never a crash. Reading
// and writing stand in one file, though a long one, so that neither forgets a member.
#include "engine/ledger.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <utility>

namespace sshguardd::engine {
namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 1;
constexpr std::size_t max_text = 512UL * 1024UL; // of the file
constexpr std::size_t max_string = 1024;
constexpr std::size_t max_budgets = 256;
constexpr std::size_t max_episodes = 64;
constexpr std::size_t max_ids = 32;
constexpr std::int64_t max_tries = 1'000'000;

// Strings go through the file byte by byte, each byte as the character of that number: JSON holds
// Unicode only, and what is compared after a restart (subjects, sentences) has to come back the
// same.
std::string to_unicode(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, max_string)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0U | (byte >> 6U));
      text += static_cast<char>(0x80U | (byte & 0x3fU));
    }
  }
  return text;
}

// The reverse; the parser has checked that it is UTF-8. Characters beyond U+00FF were never
// written.
std::string from_unicode(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size() && bytes.size() < max_string; ++at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) {
      bytes += text[at];
    } else if ((lead == 0xc2 || lead == 0xc3) && at + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[++at]);
      bytes +=
          static_cast<char>(static_cast<unsigned char>(((lead & 0x3U) << 6U) | (next & 0x3fU)));
    } else {
      bytes += '?';
      while (at + 1 < text.size() && (static_cast<unsigned char>(text[at + 1]) & 0xc0U) == 0x80U)
        ++at;
    }
  }
  return bytes;
}

// ---- reading: each answers the field's default where the type or the range is wrong
// --------------

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string text_of(const Json& object, const char* name) {
  const Json* value = member(object, name);
  return value != nullptr && value->is_string() ? from_unicode(value->get_ref<const std::string&>())
                                                : std::string{};
}

std::int64_t number_of(const Json& object, const char* name, std::int64_t largest) {
  const Json* value = member(object, name);
  if (value == nullptr || !value->is_number_unsigned()) return 0;
  const auto number = value->get<std::uint64_t>();
  return number <= static_cast<std::uint64_t>(largest) ? static_cast<std::int64_t>(number) : 0;
}

std::uint32_t sequence_of(const Json& object, const char* name) {
  return static_cast<std::uint32_t>(
      number_of(object, name, std::numeric_limits<std::uint32_t>::max()));
}

// Half the range, so that a sum or a difference of two of them cannot overflow.
template <class Time> Time time_of(const Json& object, const char* name) {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max() / 2;
  return Time{std::chrono::microseconds{number_of(object, name, largest)}};
}

bool flag_of(const Json& object, const char* name) {
  const Json* value = member(object, name);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

template <class Enum, std::size_t N>
Enum name_of(const Json& object, const char* name, const Enum (&all)[N]) {
  const std::string text = text_of(object, name);
  const auto* found = std::ranges::find_if(all, [&](Enum one) { return to_string(one) == text; });
  return found != std::end(all) ? *found : all[0];
}

// The last `limit` elements of an array: the newest.
template <std::invocable<const Json&> Visit>
void visit_last(const Json& object, const char* name, std::size_t limit, Visit visit) {
  const Json* list = member(object, name);
  if (list == nullptr || !list->is_array()) return;
  for (std::size_t at = list->size() > limit ? list->size() - limit : 0; at < list->size(); ++at)
    visit((*list)[at]);
}

Episode read_episode(const Json& json) {
  constexpr Severity severities[] = {Severity::info, Severity::warning, Severity::critical};
  constexpr When whens[] = {When::now, When::restart, When::reboot, When::soon};
  Episode episode;
  episode.seq = sequence_of(json, "seq");
  episode.id = text_of(json, "id");
  visit_last(json, "ids", max_ids, [&](const Json& id) {
    if (id.is_string()) episode.ids.push_back(from_unicode(id.get_ref<const std::string&>()));
  });
  if (episode.ids.empty() && !episode.id.empty()) episode.ids.push_back(episode.id);
  episode.subject = text_of(json, "subject");
  episode.severity = name_of(json, "severity", severities);
  episode.when = name_of(json, "when", whens);
  episode.told = text_of(json, "told");
  episode.since = time_of<BootTime>(json, "since");
  episode.since_wall = time_of<WallTime>(json, "since_wall");
  episode.healed = text_of(json, "healed");
  episode.asked = flag_of(json, "asked");
  episode.recovered = flag_of(json, "recovered");
  return episode;
}

Heal read_heal(const Json& json) {
  Heal heal;
  heal.time = time_of<WallTime>(json, "time");
  heal.id = text_of(json, "id");
  heal.subject = text_of(json, "subject");
  heal.remedy = text_of(json, "remedy");
  heal.before = text_of(json, "before");
  heal.after = text_of(json, "after");
  heal.outcome = text_of(json, "outcome");
  heal.took_ms = number_of(json, "took_ms", std::numeric_limits<std::int64_t>::max() / 2);
  heal.asked_by = text_of(json, "asked_by");
  return heal;
}

void read_times(const Json& json, const char* name, std::vector<BootTime>& times) {
  visit_last(json, name, Budget::in_a_day, [&](const Json& one) {
    times.push_back(time_of<BootTime>(Json{{"time", one}}, "time"));
  });
  std::ranges::sort(times);
}

// The members of a Budget that may be absent, by their names in the file.
constexpr std::pair<const char*, std::optional<BootTime> Budget::*> budget_times[] = {
    {"good_since", &Budget::good_since},     {"healed", &Budget::healed},
    {"fight_since", &Budget::fight_since},   {"fight_quiet", &Budget::fight_quiet},
    {"frozen_since", &Budget::frozen_since}, {"waits_since", &Budget::waits_since},
};

void read_budget(const Json& json, Budget& budget) {
  budget.tries = static_cast<int>(number_of(json, "tries", max_tries));
  budget.last_try = time_of<BootTime>(json, "last_try");
  read_times(json, "recent", budget.recent);
  read_times(json, "undone", budget.undone);
  budget.evidence = text_of(json, "evidence");
  budget.waits_for = text_of(json, "waits_for");
  budget.thawed = flag_of(json, "thawed");
  for (const auto& [name, field] : budget_times) {
    if (member(json, name) != nullptr) budget.*field = time_of<BootTime>(json, name);
  }
}

PastEpisode read_past(const Json& json) {
  constexpr Severity severities[] = {Severity::info, Severity::warning, Severity::critical};
  PastEpisode past;
  past.id = text_of(json, "id");
  past.subject = text_of(json, "subject");
  past.severity = name_of(json, "severity", severities);
  past.since = time_of<WallTime>(json, "since");
  past.ended = time_of<WallTime>(json, "ended");
  past.lasted = time_of<BootTime>(json, "lasted").time_since_epoch();
  past.by = text_of(json, "by");
  past.told = text_of(json, "told");
  past.outcome = text_of(json, "outcome");
  return past;
}

void read_budgets(const Json& json, Ledger& ledger) {
  const Json* budgets = member(json, "budgets");
  if (budgets == nullptr || !budgets->is_object()) return;
  for (const auto& [key, value] : budgets->items()) {
    if (ledger.budgets.size() >= max_budgets) return;
    if (!value.is_object()) continue;
    read_budget(value, ledger.budgets[from_unicode(key)]);
  }
}

// ---- writing ------------------------------------------------------------------------------------

template <class Time> std::int64_t micros(Time time) {
  return time.time_since_epoch().count();
}

Json write_times(const std::vector<BootTime>& times) {
  Json list = Json::array();
  for (const BootTime time : times)
    list.push_back(micros(time));
  return list;
}

Json write_budget(const Budget& budget) {
  Json json{{"tries", budget.tries},
            {"last_try", micros(budget.last_try)},
            {"recent", write_times(budget.recent)},
            {"undone", write_times(budget.undone)},
            {"evidence", to_unicode(budget.evidence)},
            {"waits_for", to_unicode(budget.waits_for)},
            {"thawed", budget.thawed}};
  for (const auto& [name, field] : budget_times) {
    if (budget.*field) json[name] = micros(*(budget.*field));
  }
  return json;
}

Json write_episode(const Episode& episode) {
  Json ids = Json::array();
  const std::size_t first = episode.ids.size() > max_ids ? episode.ids.size() - max_ids : 0;
  for (std::size_t at = first; at < episode.ids.size(); ++at)
    ids.push_back(to_unicode(episode.ids[at]));
  return {{"seq", episode.seq},
          {"id", to_unicode(episode.id)},
          {"ids", std::move(ids)},
          {"subject", to_unicode(episode.subject)},
          {"severity", to_string(episode.severity)},
          {"when", to_string(episode.when)},
          {"told", to_unicode(episode.told)},
          {"since", micros(episode.since)},
          {"since_wall", micros(episode.since_wall)},
          {"healed", to_unicode(episode.healed)},
          {"asked", episode.asked},
          {"recovered", episode.recovered}};
}

Json write_heal(const Heal& heal) {
  return {{"time", micros(heal.time)},
          {"id", to_unicode(heal.id)},
          {"subject", to_unicode(heal.subject)},
          {"remedy", to_unicode(heal.remedy)},
          {"before", to_unicode(heal.before)},
          {"after", to_unicode(heal.after)},
          {"outcome", to_unicode(heal.outcome)},
          {"took_ms", heal.took_ms},
          {"asked_by", to_unicode(heal.asked_by)}};
}

Json write_past(const PastEpisode& past) {
  return {{"id", to_unicode(past.id)},
          {"subject", to_unicode(past.subject)},
          {"severity", to_string(past.severity)},
          {"since", micros(past.since)},
          {"ended", micros(past.ended)},
          {"lasted", past.lasted.count()},
          {"by", to_unicode(past.by)},
          {"told", to_unicode(past.told)},
          {"outcome", to_unicode(past.outcome)}};
}

// `newest`: so many heals, and so many past episodes.
std::string write(const Ledger& ledger, std::size_t newest) {
  Json json{{"version", version}, {"boot_id", to_unicode(ledger.boot_id)}, {"seq", ledger.seq}};
  Json& budgets = json["budgets"] = Json::object();
  for (const auto& [key, budget] : ledger.budgets) {
    if (budgets.size() >= max_budgets) break;
    budgets[to_unicode(key)] = write_budget(budget);
  }
  Json& episodes = json["episodes"] = Json::array();
  for (const Episode& episode : ledger.episodes) {
    if (episodes.size() >= max_episodes) break;
    episodes.push_back(write_episode(episode));
  }
  Json& list = json["heals"] = Json::array();
  const auto skip = [newest](std::size_t size) { return size > newest ? size - newest : 0; };
  for (std::size_t at = skip(ledger.heals.size()); at < ledger.heals.size(); ++at)
    list.push_back(write_heal(ledger.heals[at]));
  Json& past = json["past"] = Json::array();
  for (std::size_t at = skip(ledger.past.size()); at < ledger.past.size(); ++at)
    past.push_back(write_past(ledger.past[at]));
  if (ledger.pending) {
    json["pending"] = write_heal(*ledger.pending);
    json["pending_since"] = micros(ledger.pending_since);
    json["pending_budget"] = to_unicode(ledger.pending_budget);
    json["pending_by_person"] = ledger.pending_by_person;
  }
  json["failure_reset"] = ledger.failure_reset;
  if (ledger.paused_until) json["paused_until"] = micros(*ledger.paused_until);
  json["summarized"] = ledger.summarized;
  if (ledger.told_at) json["told_at"] = micros(*ledger.told_at);
  json["repeats"] = ledger.repeats;
  if (ledger.blind_since) json["blind_since"] = micros(*ledger.blind_since);
  if (ledger.blind_seq) json["blind_seq"] = *ledger.blind_seq;
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

} // namespace

void remember(Ledger& ledger, Heal heal) {
  ledger.heals.push_back(std::move(heal));
  if (ledger.heals.size() > Ledger::max_heals) ledger.heals.erase(ledger.heals.begin());
}

std::string to_json(const Ledger& ledger) {
  // What is too large to be read back would cost the budgets: old heals and episodes go first.
  std::size_t newest = std::max(Ledger::max_heals, Ledger::max_past);
  std::string text = write(ledger, newest);
  while (text.size() > max_text && newest > 0)
    text = write(ledger, newest /= 2);
  return text;
}

Ledger ledger_from_json(std::string_view text, std::string_view boot_id) {
  Ledger ledger;
  ledger.boot_id = boot_id;
  if (text.size() > max_text) return ledger;
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || number_of(json, "version", version) != version) return ledger;
  if (boot_id.empty() || text_of(json, "boot_id") != boot_id) return ledger;

  ledger.seq = sequence_of(json, "seq");
  read_budgets(json, ledger);
  visit_last(json, "episodes", max_episodes, [&](const Json& one) {
    Episode episode = read_episode(one);
    // Without an id it could never end.
    if (!episode.id.empty()) ledger.episodes.push_back(std::move(episode));
  });
  visit_last(json, "heals", Ledger::max_heals, [&](const Json& one) {
    Heal heal = read_heal(one);
    if (!heal.id.empty()) ledger.heals.push_back(std::move(heal));
  });
  visit_last(json, "past", Ledger::max_past, [&](const Json& one) {
    PastEpisode past = read_past(one);
    if (!past.id.empty()) ledger.past.push_back(std::move(past));
  });
  if (const Json* pending = member(json, "pending"); pending != nullptr && pending->is_object()) {
    ledger.pending = read_heal(*pending);
    ledger.pending_since = time_of<BootTime>(json, "pending_since");
    ledger.pending_budget = text_of(json, "pending_budget");
    ledger.pending_by_person = flag_of(json, "pending_by_person");
  }
  ledger.failure_reset = flag_of(json, "failure_reset");
  if (member(json, "paused_until") != nullptr)
    ledger.paused_until = time_of<BootTime>(json, "paused_until");
  ledger.summarized = flag_of(json, "summarized");
  if (member(json, "told_at") != nullptr) ledger.told_at = time_of<BootTime>(json, "told_at");
  ledger.repeats = sequence_of(json, "repeats");
  if (member(json, "blind_since") != nullptr)
    ledger.blind_since = time_of<BootTime>(json, "blind_since");
  if (member(json, "blind_seq") != nullptr) ledger.blind_seq = sequence_of(json, "blind_seq");
  // Sequence numbers must not repeat within a boot, even where the file's own was lost.
  for (const Episode& episode : ledger.episodes)
    ledger.seq = std::max(ledger.seq, episode.seq);
  return ledger;
}

} // namespace sshguardd::engine
