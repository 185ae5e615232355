// The status document, schema 1: fields may be added, never changed. Every foreign text is encoded
// before it gets here into JSON, so that the document is plain ASCII whatever the machine holds.
#include "engine/record_json.hpp"
#include "engine/report.hpp"
#include "parse/listen.hpp"

#include <algorithm>

namespace sshguardd::engine {
namespace {

Json agent_json(const StatusContext& context, const Snapshot& snapshot) {
  const bool running = context.agent_running;
  return {
      {"running", running},
      {"version", encode(context.version)},
      {"healing", encode(context.healing)},
      {"pid", running ? Json(context.pid) : Json{}},
      {"boot_id", text_or_null(context.boot_id)},
      {"dropped_entries", running && snapshot.self ? Json(snapshot.self->journal.dropped) : Json{}},
      {"valid_until", running ? Json(rfc3339(context.valid_until)) : Json{}}};
}

// sshd's own listeners; null where nobody could look.
Json listeners_json(const Snapshot& snapshot) {
  if (!snapshot.listeners) return {};
  Json list = Json::array();
  for (const Listener& listener : *snapshot.listeners) {
    if (listener.ours) list.push_back(encode(parse::text_of(listener)));
  }
  return list;
}

// Those whose public half is known; null where nobody could look.
Json host_keys_json(const Snapshot& snapshot) {
  if (!snapshot.host_keys) return {};
  Json list = Json::array();
  for (const HostKey& key : snapshot.host_keys->keys) {
    if (!key.fingerprint) continue;
    list.push_back({{"type", encode(key.fingerprint->type)},
                    {"fingerprint", encode(key.fingerprint->hash)},
                    {"path", encode(key.path)}});
    if (key.unproven) list.back()["unproven"] = true;
  }
  return list;
}

Json probe_json(const Snapshot& snapshot) {
  if (!snapshot.probe) return {};
  return {{"address", encode(snapshot.probe->address)},
          {"port", snapshot.probe->port},
          {"alive", snapshot.probe->alive},
          {"said", encode(snapshot.probe->said)}};
}

// Who may log in and how, by sshd's own account; null where it gave none.
Json policy_json(const Snapshot& snapshot) {
  if (!snapshot.effective) return {};
  Json list = Json::array();
  for (const PolicySetting& one : snapshot.effective->policy)
    list.push_back(
        {{"keyword", encode(one.keyword)},
         {"value", encode(one.value)},
         {"where",
          one.file.empty() ? Json{} : Json(encode(one.file) + ":" + std::to_string(one.line))}});
  return list;
}

// "safe" or "opt-in", from the catalog's "safe: restart".
Json class_json(std::string_view id) {
  const FindingInfo* info = find_info(id);
  if (info == nullptr) return {};
  const std::size_t colon = info->remedy.find(':');
  return colon == std::string_view::npos ? Json{} : Json(info->remedy.substr(0, colon));
}

std::string_view phase_name(RemedyState::Phase phase) {
  switch (phase) {
  case RemedyState::Phase::none:
    return "none";
  case RemedyState::Phase::withheld:
    return "withheld";
  case RemedyState::Phase::applying:
    return "applying";
  }
  return "none";
}

// The instant, for people, at which time alone may change the policy's answer.
Json retry_json(const std::optional<BootTime>& retry_at, const Now& now) {
  if (!retry_at) return {};
  constexpr auto year = std::chrono::hours{24 * 366};
  const auto wait = *retry_at > now.boot + year ? BootClock::duration{year} : *retry_at - now.boot;
  return rfc3339(now.wall + std::max(wait, BootClock::duration{0}));
}

Json remedy_json(const Finding& finding, const RemedyStates& remedies, const Now& now) {
  const auto found = remedies.find(remedy_key(finding));
  const RemedyState state = found == remedies.end() ? RemedyState{} : found->second;
  return {{"kind", finding.remedy ? Json(name_of(*finding.remedy)) : Json{}},
          {"class", finding.remedy ? class_json(finding.id) : Json{}},
          {"state", phase_name(state.phase)},
          {"why", text_or_null(state.decision.why)},
          {"retry_at", retry_json(state.decision.retry_at, now)}};
}

Json since_json(const Ledger& ledger, const Finding& finding) {
  for (const Episode& episode : ledger.episodes) {
    if (saw(episode, finding.id, finding.subject)) return rfc3339(episode.since_wall);
  }
  return {};
}

Json accepted_json(const std::optional<Accepted>& accepted) {
  if (!accepted) return {};
  return {{"until", accepted->until ? Json(rfc3339(*accepted->until)) : Json{}},
          {"reason", encode(accepted->reason)}};
}

Json finding_json(const Finding& finding, const Evaluation& evaluation,
                  const RemedyStates& remedies, const Snapshot& snapshot, const Ledger& ledger) {
  Json evidence = Json::array();
  for (const Evidence& one : finding.evidence)
    evidence.push_back({{"what", encode(one.what)}, {"value", encode(one.value)}});
  Json fix = Json::array();
  for (const std::string& one : finding.fix)
    fix.push_back(encode(one));
  return {{"id", finding.id},
          {"subject", encode(finding.subject)},
          {"severity", to_string(finding.severity)},
          {"when", to_string(finding.when)},
          {"sees", to_string(finding.sees)},
          {"headline", encode(headline(finding, evaluation.state))},
          {"summary", encode(finding.summary)},
          {"next", text_or_null(action(finding, evaluation, remedies))},
          {"evidence", std::move(evidence)},
          {"root", !finding.root.has_value()},
          {"caused_by", finding.root ? Json(encode(*finding.root)) : Json{}},
          {"accepted", accepted_json(finding.accepted)},
          {"since", since_json(ledger, finding)},
          {"remedy", remedy_json(finding, remedies, snapshot.taken)},
          {"fix", std::move(fix)}};
}

Json unknown_json(const Evaluation& evaluation) {
  Json list = Json::array();
  for (const UnknownCheck& one : evaluation.unknown) {
    if (one.check == nullptr) continue;
    for (const FindingInfo& info : one.check->ids)
      list.push_back({{"id", info.id}, {"why", encode(one.why)}});
  }
  return list;
}

// What was looked at in part: of the rest nothing is known, and no check is Unknown for it.
Json incomplete_json(const Snapshot& snapshot) {
  Json list = Json::array();
  if (snapshot.accounts && !snapshot.accounts->incomplete.empty())
    list.push_back("accounts and their keys: " + encode(snapshot.accounts->incomplete));
  return list;
}

Json heals_json(const Ledger& ledger) {
  Json list = Json::array();
  for (const Heal& heal : ledger.heals)
    list.push_back(heal_json(heal));
  return list;
}

} // namespace

Json heal_json(const Heal& heal) {
  return {{"time", rfc3339(heal.time)},
          {"id", encode(heal.id)},
          {"subject", encode(heal.subject)},
          {"remedy", encode(heal.remedy)},
          {"before", encode(heal.before)},
          {"after", encode(heal.after)},
          {"outcome", encode(heal.outcome)},
          {"took_ms", heal.took_ms},
          {"asked_by", text_or_null(heal.asked_by)}};
}

std::string status_json(const Evaluation& evaluation, const RemedyStates& remedies,
                        const Snapshot& snapshot, const Ledger& ledger,
                        const StatusContext& context) {
  Json findings = Json::array();
  for (const Finding& finding : evaluation.findings)
    findings.push_back(finding_json(finding, evaluation, remedies, snapshot, ledger));
  const Json document{{"schema", 1},
                      {"agent", agent_json(context, snapshot)},
                      {"host", encode(snapshot.host)},
                      {"time", rfc3339(snapshot.taken.wall)},
                      {"state", to_string(evaluation.state)},
                      {"client_sees",
                       {{"symptom", to_string(evaluation.client.symptom)},
                        {"message", text_or_null(evaluation.client.message)},
                        {"because", text_or_null(evaluation.client.because)}}},
                      {"listeners", listeners_json(snapshot)},
                      {"host_keys", host_keys_json(snapshot)},
                      {"probe", probe_json(snapshot)},
                      {"policy", policy_json(snapshot)},
                      {"sshd_expected", evaluation.sshd_expected},
                      {"findings", std::move(findings)},
                      {"unknown", unknown_json(evaluation)},
                      {"incomplete", incomplete_json(snapshot)},
                      {"heals", heals_json(ledger)}};
  return document.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

} // namespace sshguardd::engine
