// What the methods of io.sshguardd.Agent answer, and what they change in the ledger.
#include "engine/control_json.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sshguardd::engine {
namespace {

using std::chrono::seconds;

std::string_view kind_name(Line::Kind kind) {
  switch (kind) {
  case Line::Kind::opened:
    return "opened";
  case Line::Kind::changed:
    return "changed";
  case Line::Kind::ended:
    return "ended";
  case Line::Kind::alive:
    return "alive";
  case Line::Kind::repeated:
    return "repeated";
  case Line::Kind::blind:
    return "blind";
  case Line::Kind::sighted:
    return "sighted";
  case Line::Kind::summary:
    return "summary";
  case Line::Kind::paused:
    return "paused";
  case Line::Kind::resumed:
    return "resumed";
  }
  return "";
}

Json trouble(const PastEpisode& past) {
  return {{"id", encode(past.id)},
          {"subject", encode(past.subject)},
          {"severity", to_string(past.severity)},
          {"since", rfc3339(past.since)},
          {"ended", rfc3339(past.ended)},
          {"seconds", std::chrono::duration_cast<seconds>(past.lasted).count()},
          {"by", encode(past.by)},
          {"told", encode(past.told)},
          {"outcome", encode(past.outcome)}};
}

Json retry_at(const HealResult& result) {
  return result.retry_at ? Json(rfc3339(*result.retry_at)) : Json{};
}

} // namespace

std::string history_frame(const Ledger& ledger, std::size_t limit) {
  Json heals = Json::array();
  const auto skip = [limit](std::size_t size) { return size > limit ? size - limit : 0; };
  for (std::size_t at = skip(ledger.heals.size()); at < ledger.heals.size(); ++at)
    heals.push_back(heal_json(ledger.heals[at]));
  Json troubles = Json::array();
  for (std::size_t at = skip(ledger.past.size()); at < ledger.past.size(); ++at)
    troubles.push_back(trouble(ledger.past[at]));
  return varlink::reply(text_of({{"heals", std::move(heals)}, {"troubles", std::move(troubles)}}));
}

std::string heal_frame(const HealResult& result) {
  using End = HealResult::End;
  const std::string id = encode(result.request.id);
  const std::string why = encode(result.why);
  Json steps = Json::array();
  for (const std::string& step : result.steps)
    steps.push_back(encode(step));
  switch (result.end) {
  case End::healed:
  case End::still_broken:
  case End::would:
    break;
  case End::withheld:
    return failure(named("Refused"), {{"id", id},
                                      {"reason", why},
                                      {"retry_at", retry_at(result)},
                                      {"once_helps", result.once_helps},
                                      {"steps", std::move(steps)}});
  case End::no_remedy:
    return failure(named("NoRemedy"), {{"id", id}, {"steps", std::move(steps)}});
  case End::gone:
    return failure(named("NothingToHeal"), {{"id", id}});
  case End::unknown:
    return failure(named("CouldNotLook"), {{"id", id}, {"reason", why}});
  case End::busy:
    return failure(named("Busy"), {{"id", why}});
  }
  const char* outcome = result.end == End::healed         ? "healed"
                        : result.end == End::still_broken ? "still-broken"
                                                          : "would-heal";
  return varlink::reply(text_of({{"outcome", outcome},
                                 {"why", text_or_null(result.why)},
                                 {"steps", std::move(steps)},
                                 {"heal", result.heal ? heal_json(*result.heal) : Json{}}}));
}

std::string event_json(const Line& line, const Snapshot& snapshot) {
  const auto number = [](const auto& value) { return value ? Json(*value) : Json{}; };
  return text_of({{"event",
                   {{"time", rfc3339(snapshot.taken.wall)},
                    {"kind", kind_name(line.kind)},
                    {"state", to_string(line.state)},
                    {"sentence", encode(line.sentence, 2000)},
                    {"seq", line.seq},
                    {"open", line.open},
                    {"id", text_or_null(line.id)},
                    {"subject", text_or_null(line.subject)},
                    {"about", number(line.about)},
                    {"ends", number(line.ends)},
                    {"by", text_or_null(line.by)}}}});
}

void keep_only(Evaluation& evaluation, const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  const auto wanted = [&ids](std::string_view id) {
    return std::ranges::find(ids, id) != ids.end();
  };
  std::erase_if(evaluation.findings, [&](const Finding& finding) { return !wanted(finding.id); });
  std::erase_if(evaluation.unknown, [&](const UnknownCheck& unknown) {
    return std::ranges::none_of(unknown.check->ids,
                                [&](const FindingInfo& info) { return wanted(info.id); });
  });
  if (!wanted(evaluation.client.because)) evaluation.client = {};
  evaluation.state = evaluation.unknown.empty() ? State::ok : State::unknown;
  for (const Finding& finding : evaluation.findings) {
    if (finding.accepted) continue;
    if (finding.severity == Severity::warning && evaluation.state != State::critical)
      evaluation.state = State::warning;
    if (finding.severity == Severity::critical) evaluation.state = State::critical;
  }
}

std::string paused_until(const Ledger& ledger, const Now& now) {
  if (!ledger.paused_until || *ledger.paused_until <= now.boot) return {};
  return rfc3339(now.wall + (*ledger.paused_until - now.boot));
}

Line pause_healing(Ledger& ledger, State state, const Now& now, seconds duration) {
  ledger.paused_until = now.boot + duration;
  Line line = new_line(ledger, Line::Kind::paused, state);
  line.sentence = "Healing is paused by a person for " + duration_text(duration) + ", until " +
                  paused_until(ledger, now) +
                  "; watching goes on. Before that: sshguardctl resume.";
  line.by = "person";
  return line;
}

Line resume_healing(Ledger& ledger, State state, const std::string& healing, bool by_person) {
  ledger.paused_until.reset();
  Line line = new_line(ledger, Line::Kind::resumed, state);
  line.sentence = std::string{by_person ? "A person ended the pause" : "The pause is over"} +
                  (healing == "on" ? ": healing goes on." : "; healing is " + healing + ".");
  line.by = by_person ? "person" : "agent";
  return line;
}

} // namespace sshguardd::engine
