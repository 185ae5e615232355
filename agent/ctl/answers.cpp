#include "ctl/answers.hpp"

#include "ctl/text.hpp"
#include "engine/encode.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sshguardd::ctl {
namespace {

using Json = nlohmann::ordered_json;
using engine::varlink::Answer;

constexpr std::string_view prefix = "io.sshguardd.Agent.";

std::string text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? printable(found->get<std::string>())
                                                   : std::string{};
}

bool flag(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

std::int64_t number(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::string error_name(const Answer& answer) {
  const std::string_view name = answer.error;
  return printable(std::string{name.starts_with(prefix) ? name.substr(prefix.size()) : name});
}

Fact<Json> success(const Answer& answer) {
  if (!answer.error.empty()) return Unknown{"sshguardd answers " + error_name(answer)};
  Json json = Json::parse(answer.parameters, nullptr, false);
  if (!json.is_object()) return Unknown{"not an object"};
  return json;
}

Json list(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_array() ? *found : Json::array();
}

std::string dumped(const Json& json) {
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

PastHeal past_heal(const Json& json) {
  return {.heal = {.time = text(json, "time"),
                   .id = text(json, "id"),
                   .subject = text(json, "subject"),
                   .remedy = text(json, "remedy"),
                   .before = text(json, "before"),
                   .after = text(json, "after"),
                   .outcome = text(json, "outcome"),
                   .took_ms = number(json, "took_ms")},
          .asked_by = text(json, "asked_by")};
}

} // namespace

Fact<HealAnswer> read_heal(const Answer& answer) {
  const Json json = Json::parse(answer.parameters, nullptr, false);
  if (!json.is_object()) return Unknown{"not an object"};
  HealAnswer heal;
  heal.outcome = answer.error.empty() ? text(json, "outcome") : error_name(answer);
  heal.why = text(json, answer.error.empty() ? "why" : "reason");
  if (heal.outcome == "Busy") heal.why = text(json, "id");
  heal.retry_at = text(json, "retry_at");
  heal.once_helps = flag(json, "once_helps");
  for (const Json& step : list(json, "steps")) {
    if (step.is_string()) heal.steps.push_back(printable(step.get<std::string>()));
  }
  if (const auto record = json.find("heal"); record != json.end() && record->is_object())
    heal.took_ms = number(*record, "took_ms");
  return heal;
}

Fact<History> read_history(const Answer& answer) {
  const auto json = success(answer);
  if (!json) return Unknown{json.why()};
  History history;
  for (const Json& one : list(*json, "heals"))
    history.heals.push_back(past_heal(one));
  for (const Json& one : list(*json, "troubles"))
    history.troubles.push_back({.id = text(one, "id"),
                                .severity = text(one, "severity"),
                                .since = text(one, "since"),
                                .by = text(one, "by"),
                                .told = text(one, "told"),
                                .outcome = text(one, "outcome")});
  Json all{{"schema", 1}};
  all.update(*json);
  history.json = dumped(all);
  return history;
}

Fact<Told> read_told(std::string_view parameters) {
  const Json json = Json::parse(parameters, nullptr, false);
  if (!json.is_object()) return Unknown{"not an object"};
  Told told;
  if (const auto status = json.find("status"); status != json.end() && status->is_object())
    told.status = dumped(*status);
  if (const auto event = json.find("event"); event != json.end() && event->is_object())
    told.event = {.time = text(*event, "time"),
                  .state = capitals(text(*event, "state")),
                  .sentence = text(*event, "sentence"),
                  .id = text(*event, "id")};
  return told;
}

Fact<std::string> read_status(const Answer& answer) {
  const auto json = success(answer);
  if (!json) return Unknown{json.why()};
  const auto status = json->find("status");
  if (status == json->end() || !status->is_object()) return Unknown{"no status in it"};
  return dumped(*status);
}

Fact<std::string> read_until(const Answer& answer) {
  const auto json = success(answer);
  if (!json) return Unknown{json.why()};
  return text(*json, "until");
}

Fact<bool> read_was_paused(const Answer& answer) {
  const auto json = success(answer);
  if (!json) return Unknown{json.why()};
  return flag(*json, "paused");
}

std::string heal_parameters(const std::string& id, const std::string& subject, bool once,
                            bool dry_run) {
  Json parameters{{"id", engine::encode(id)}, {"once", once}, {"dry_run", dry_run}};
  const bool ascii = std::ranges::all_of(subject, [](char c) { return c >= ' ' && c <= '~'; });
  if (!subject.empty()) parameters["subject"] = ascii ? subject : engine::encode(subject);
  return parameters.dump();
}

} // namespace sshguardd::ctl
