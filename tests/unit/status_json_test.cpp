#include "engine/report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace sshguardd::engine {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

const WallTime wall{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 3h + 12min + 7s};

struct Machine {
  Evaluation evaluation;
  RemedyStates remedies;
  Snapshot snapshot;
  Ledger ledger;
  StatusContext context;

  [[nodiscard]] std::string text() const {
    return status_json(evaluation, remedies, snapshot, ledger, context);
  }
  [[nodiscard]] Json json() const { return Json::parse(text()); }
};

// A broken configuration that keeps the unit down.
Machine broken() {
  Machine machine;
  Finding config{.id = "sshd.config-invalid",
                 .subject = "/etc/ssh/sshd_config:12",
                 .severity = Severity::critical,
                 .when = When::now,
                 .sees = Sees::refused,
                 .summary = "sshd_config:12 \"Bad configuration option: Prot\"",
                 .evidence = {{"sshd -t", "line 12"}},
                 .fix = {"fix line 12", "sshd -t"}};
  Finding failed{.id = "sshd.failed",
                 .subject = "ssh.service",
                 .severity = Severity::critical,
                 .when = When::now,
                 .sees = Sees::refused,
                 .summary = "ssh.service failed",
                 .remedy = RestartSshd{"ssh.service", ""},
                 .root = "sshd.config-invalid"};
  machine.evaluation.findings = {config, failed};
  machine.evaluation.state = State::critical;
  machine.evaluation.client = {Sees::refused, "ssh: connect: Connection refused",
                               "sshd.config-invalid"};
  machine.remedies["sshd.failed"] = {
      RemedyState::Phase::withheld,
      {Hold::cause, "the configuration is broken", BootTime{100s} + 40s}};
  machine.snapshot.taken = {BootTime{100s}, wall};
  machine.snapshot.host = "web-01";
  machine.snapshot.listeners = std::vector<Listener>{
      {"0.0.0.0", 22, false, true}, {"::", 22, true, true}, {"127.0.0.1", 631, false, false}};
  machine.snapshot.probe = Probe{"127.0.0.1", 22, false, "Connection refused"};
  Episode episode;
  episode.id = "sshd.failed";
  episode.ids = {"sshd.failed", "sshd.config-invalid"};
  episode.since_wall = wall - 60s;
  machine.ledger.episodes.push_back(episode);
  machine.ledger.heals.push_back({wall - 3600s, "sshd.failed", "ssh.service", "restart",
                                  "failed, signal 9", "banner", "healed", 83});
  machine.context = {true, "0.1.0", "on", 321, "3f2a51c4", wall + 120s};
  return machine;
}

TEST(StatusJson, HasTheContractsFields) {
  const Json json = broken().json();
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["agent"],
            Json::parse(R"({"running":true,"version":"0.1.0","healing":"on","pid":321,
    "boot_id":"3f2a51c4","valid_until":"2026-11-21T03:14:07Z","dropped_entries":null})"));
  EXPECT_EQ(json["host"], "web-01");
  EXPECT_EQ(json["time"], "2026-11-21T03:12:07Z");
  EXPECT_EQ(json["state"], "critical");
  EXPECT_EQ(json["client_sees"], Json::parse(R"({"symptom":"refused",
    "message":"ssh: connect: Connection refused","because":"sshd.config-invalid"})"));
  EXPECT_EQ(json["listeners"], Json::parse(R"(["0.0.0.0:22","[::]:22"])"));
  EXPECT_EQ(json["heals"], Json::parse(R"([{"time":"2026-11-21T02:12:07Z","id":"sshd.failed",
    "subject":"ssh.service","remedy":"restart","before":"failed, signal 9","after":"banner",
    "outcome":"healed","took_ms":83,"asked_by":null
}])"));
}

TEST(StatusJson, ARootFindingIsWhole) {
  Json root = broken().json()["findings"][0];
  EXPECT_NE(root["headline"].get<std::string>().find("Prot"), std::string::npos);
  EXPECT_TRUE(root["next"].is_string());
  root.erase("headline"); // other tests hold the wording
  root.erase("next");
  EXPECT_EQ(root, Json::parse(R"({"id":"sshd.config-invalid","subject":"/etc/ssh/sshd_config:12",
    "severity":"critical","when":"now","sees":"refused",
    "summary":"sshd_config:12 \"Bad configuration option: Prot\"",
    "evidence":[{"what":"sshd -t","value":"line 12"}],"root":true,"caused_by":null,"accepted":null,
    "since":"2026-11-21T03:11:07Z",
    "remedy":{"kind":null,"class":null,"state":"none","why":null,"retry_at":null},
    "fix":["fix line 12","sshd -t"]})"));
}

TEST(StatusJson, AnEffectNamesItsCauseAndWhyItsRemedyIsHeldBack) {
  const Json effect = broken().json()["findings"][1];
  EXPECT_EQ(effect["root"], false);
  EXPECT_EQ(effect["caused_by"], "sshd.config-invalid");
  EXPECT_EQ(effect["remedy"], Json::parse(R"({"kind":"restart","class":"safe","state":"withheld",
    "why":"the configuration is broken","retry_at":"2026-11-21T03:12:47Z"})"));
  Machine machine = broken();
  machine.remedies["sshd.failed"] = {RemedyState::Phase::applying, {}};
  EXPECT_EQ(machine.json()["findings"][1]["remedy"]["state"], "applying");
  machine.remedies.clear();
  EXPECT_EQ(machine.json()["findings"][1]["remedy"]["state"], "none");
}

TEST(StatusJson, AnAcceptedFindingSaysUntilWhenAndWhy) {
  Machine machine = broken();
  machine.evaluation.findings[0].accepted = Accepted{{}, "lived with\n"};
  machine.evaluation.findings[1].accepted = Accepted{wall + 1s, "for a while"};
  const Json findings = machine.json()["findings"];
  EXPECT_EQ(findings[0]["accepted"], Json::parse(R"({"until":null,"reason":"lived with\\n"})"));
  EXPECT_TRUE(findings[0]["next"].is_null());
  EXPECT_EQ(findings[1]["accepted"],
            Json::parse(R"({"until":"2026-11-21T03:12:08Z","reason":"for a while"})"));
}

TEST(StatusJson, SaysWhetherSshdIsExpected) {
  Machine machine = broken();
  EXPECT_EQ(machine.json()["sshd_expected"], true);
  machine.evaluation.sshd_expected = false;
  EXPECT_EQ(machine.json()["sshd_expected"], false);
}

TEST(StatusJson, WhoMayLogInAndWhichLineSaysSo) {
  Machine machine = broken();
  EXPECT_TRUE(machine.json()["policy"].is_null());
  Effective effective;
  effective.policy = {{"AllowUsers", "alice\n", "/etc/ssh/sshd_config", 7},
                      {"PermitRootLogin", "no", "", 0}};
  machine.snapshot.effective = effective;
  const Json policy = machine.json()["policy"];
  EXPECT_EQ(policy[0], Json::parse(R"({"keyword":"AllowUsers","value":"alice\\n",
                                       "where":"/etc/ssh/sshd_config:7"})"));
  EXPECT_TRUE(policy[1]["where"].is_null());
}

TEST(StatusJson, NullWhereThereIsNothing) {
  Machine machine;
  machine.evaluation.state = State::ok;
  machine.context.healing = "off: sshguardd is not running";
  const Json json = machine.json();
  EXPECT_EQ(json["agent"]["running"], false);
  EXPECT_TRUE(json["agent"]["pid"].is_null());
  EXPECT_TRUE(json["agent"]["valid_until"].is_null());
  EXPECT_EQ(json["client_sees"],
            Json::parse(R"({"symptom":"none","message":null,"because":null})"));
  EXPECT_TRUE(json["listeners"].is_null()) << "nobody could look; [] would say that none listens";
  EXPECT_TRUE(json["probe"].is_null());
  for (const char* list : {"findings", "unknown", "incomplete", "heals"})
    EXPECT_EQ(json[list], Json::array());
}

TEST(StatusJson, ASinceOnlyFromTheFindingsOwnEpisode) {
  Machine machine = broken();
  machine.ledger.episodes[0].ids = {"sshd.failed"};
  EXPECT_TRUE(machine.json()["findings"][0]["since"].is_null());
  EXPECT_EQ(machine.json()["findings"][1]["since"], "2026-11-21T03:11:07Z");
}

TEST(StatusJson, AnUnknownCheckIsListedByEachOfItsIds) {
  constexpr FindingInfo ids[] = {{.id = "a.one"}, {.id = "a.two"}};
  const Check check{"a", ids, Needs::units, nullptr};
  Machine machine;
  machine.evaluation.unknown = {{&check, "systemd: timed out\n"}, {nullptr, "nothing"}};
  EXPECT_EQ(machine.json()["unknown"], Json::parse(R"([{"id":"a.one","why":"systemd: timed out\\n"},
                            {"id":"a.two","why":"systemd: timed out\\n"}])"));
}

TEST(StatusJson, WhatWasLookedAtInPart) {
  Machine machine;
  Accounts accounts;
  accounts.incomplete = "/home/x\n: on nfs4";
  machine.snapshot.accounts = accounts;
  EXPECT_EQ(machine.json()["incomplete"],
            Json::parse(R"(["accounts and their keys: /home/x\\n: on nfs4"])"));
  EXPECT_EQ(machine.json()["unknown"], Json::array()) << "the rest is known";
}

TEST(StatusJson, ForeignTextIsPlainAsciiWhereverItStands) {
  const std::string evil = "\xff\xc3\x1b[2J\n\"},\\";
  const std::string encoded = "\\xff\\xc3\\x1b[2J\\n\"},\\\\";
  Machine machine = broken();
  machine.snapshot.host = evil;
  machine.snapshot.listeners = std::vector<Listener>{{evil, 22, true, true}};
  machine.snapshot.probe = Probe{evil, 22, true, evil};
  machine.evaluation.client.message = evil;
  Finding& finding = machine.evaluation.findings[0];
  finding.subject = finding.summary = evil;
  finding.evidence = {{evil, evil}};
  finding.fix = {evil};
  machine.evaluation.findings[1].root = evil;
  machine.remedies["sshd.failed"].decision.why = evil;
  machine.ledger.heals[0] = {wall, evil, evil, evil, evil, evil, evil, 1};
  machine.context.version = machine.context.healing = machine.context.boot_id = evil;
  const std::string text = machine.text();
  for (const char c : text)
    ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
  const Json json = Json::parse(text);
  EXPECT_EQ(json["host"], encoded);
  EXPECT_EQ(json["listeners"][0], "[" + encoded + "]:22");
  EXPECT_EQ(json["probe"]["said"], encoded);
  EXPECT_EQ(json["findings"][0]["evidence"][0]["value"], encoded);
  EXPECT_EQ(json["findings"][0]["fix"][0], encoded);
  EXPECT_EQ(json["findings"][1]["caused_by"], encoded);
  EXPECT_EQ(json["findings"][1]["remedy"]["why"], encoded);
  EXPECT_EQ(json["heals"][0]["before"], encoded);
}

TEST(StatusJson, TextsAreBounded) {
  Machine machine = broken();
  machine.evaluation.findings[0].summary = std::string(10'000'000, '\x01');
  EXPECT_LT(machine.text().size(), 50'000U);
}

TEST(StatusJson, ARetryInThePastOrNeverIsATime) {
  Machine machine = broken();
  for (const BootTime at : {BootTime{}, BootTime::max()}) {
    machine.remedies["sshd.failed"].decision.retry_at = at;
    EXPECT_TRUE(machine.json()["findings"][1]["remedy"]["retry_at"].is_string());
  }
}

} // namespace
} // namespace sshguardd::engine
