// The control socket without its socket: every method, every refusal, in order and bounded.
#include "engine/control.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace sshguardd::engine {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using Json = nlohmann::json;

struct Fake final : Control {
  std::string document = R"({"schema":1,"state":"ok"})";
  std::vector<std::string> asked;
  std::function<void(const std::string&)> check_done;
  std::function<void(const HealResult&)> heal_done;
  HealRequest request;
  Ledger ledger;

  std::string status() override { return document; }
  void check(std::vector<std::string> ids, std::function<void(const std::string&)> done) override {
    asked = std::move(ids);
    check_done = std::move(done);
  }
  void heal(HealRequest wanted, std::function<void(const HealResult&)> done) override {
    request = std::move(wanted);
    heal_done = std::move(done);
  }
  WallTime pause(std::chrono::seconds duration, const std::string& by) override {
    asked = {by};
    return WallTime{duration};
  }
  bool resume(const std::string& /*by*/) override { return false; }
  const Ledger& history() override { return ledger; }
};

struct Talk {
  Fake fake;
  int changes = 0;
  std::shared_ptr<Session> session =
      std::make_shared<Session>(fake, "uid 1000", [this] { ++changes; });

  // All that the session has to say, as JSON.
  std::vector<Json> heard() {
    varlink::Frames frames{1U << 22U};
    while (!session->output().empty()) {
      const std::string text{session->output()};
      EXPECT_TRUE(frames.append(text));
      session->sent(text.size());
    }
    std::vector<Json> all;
    while (const auto frame = frames.next())
      all.push_back(Json::parse(*frame));
    return all;
  }
  Json call(const std::string& method, const std::string& parameters = "{}", bool more = false) {
    const std::string name =
        method.find('.') == std::string::npos ? "io.sshguardd.Agent." + method : method;
    session->receive(varlink::call(name, parameters, more));
    const auto all = heard();
    EXPECT_LE(all.size(), 1U);
    return all.empty() ? Json{} : all.back();
  }
  std::string error(const std::string& method, const std::string& parameters = "{}") {
    const Json answer = call(method, parameters);
    return answer.value("error", "") +
           (answer.contains("error") ? answer["parameters"].dump() : "");
  }
};

TEST(Control, IntrospectsItself) {
  Talk talk;
  const Json info = talk.call("org.varlink.service.GetInfo")["parameters"];
  EXPECT_EQ(info["interfaces"], Json::array({"org.varlink.service", "io.sshguardd.Agent"}));
  EXPECT_EQ(info["version"], SSHGUARDD_VERSION);
  for (const auto& interface : info["interfaces"]) {
    const Json answer = talk.call("org.varlink.service.GetInterfaceDescription",
                                  Json{{"interface", interface}}.dump());
    const std::string text = answer["parameters"]["description"];
    EXPECT_NE(text.find("\ninterface " + interface.get<std::string>() + "\n"), std::string::npos);
  }
}

// What is told in code is told in the definition, so that a client of its own can rely on it.
TEST(Control, TheDefinitionNamesWhatIsAnswered) {
  const std::string text = interface_description("io.sshguardd.Agent");
  for (const char* method :
       {"GetStatus", "Check", "Heal", "Pause", "Resume", "GetHistory", "Subscribe"})
    EXPECT_NE(text.find("\nmethod "s + method + "("), std::string::npos) << method;
  for (const char* error :
       {"UnknownFinding", "NothingToHeal", "NoRemedy", "Refused", "CouldNotLook", "Busy",
        "NotReady", "BadFrame", "TooManyClients", "TooSlow", "TimedOut"})
    EXPECT_NE(text.find("\nerror "s + error + "("), std::string::npos) << error;
  EXPECT_EQ(interface_description("io.sshguardd.agent"), nullptr);
}

TEST(Control, WhatIsWrongIsNamed) {
  struct Row {
    const char* method;
    const char* parameters;
    const char* error;
  };
  const Row rows[] = {
      {"org.other.Thing", "{}",
       R"(org.varlink.service.InterfaceNotFound{"interface":"org.other"})"},
      {"getStatus", "{}", R"(org.varlink.service.MethodNotFound{"method":"getStatus"})"},
      {"org.varlink.service.Nothing", "{}",
       R"(org.varlink.service.MethodNotFound{"method":"Nothing"})"},
      {"org.varlink.service.GetInterfaceDescription", "{}",
       R"(org.varlink.service.InvalidParameter{"parameter":"interface"})"},
      {"org.varlink.service.GetInterfaceDescription", R"({"interface":"a.b"})",
       R"(org.varlink.service.InterfaceNotFound{"interface":"a.b"})"},
      {"GetStatus", R"({"path":"/etc/shadow"})",
       R"(org.varlink.service.InvalidParameter{"parameter":"path"})"},
      {"Pause", "{}", R"(org.varlink.service.InvalidParameter{"parameter":"seconds"})"},
      {"Pause", R"({"seconds":0})",
       R"(org.varlink.service.InvalidParameter{"parameter":"seconds"})"},
      {"Pause", R"({"seconds":-1})",
       R"(org.varlink.service.InvalidParameter{"parameter":"seconds"})"},
      {"Pause", R"({"seconds":604801})",
       R"(org.varlink.service.InvalidParameter{"parameter":"seconds"})"},
      {"Pause", R"({"seconds":18446744073709551615})",
       R"(org.varlink.service.InvalidParameter{"parameter":"seconds"})"},
      {"Pause", R"({"seconds":60.5})",
       R"(org.varlink.service.InvalidParameter{"parameter":"seconds"})"},
      {"Pause", R"({"seconds":"60"})",
       R"(org.varlink.service.InvalidParameter{"parameter":"seconds"})"},
      {"Heal", "{}", R"(org.varlink.service.InvalidParameter{"parameter":"id"})"},
      {"Heal", R"({"id":["sshd.failed"]})",
       R"(org.varlink.service.InvalidParameter{"parameter":"id"})"},
      {"Heal", R"({"id":"sshd.failed","once":1})",
       R"(org.varlink.service.InvalidParameter{"parameter":"once"})"},
      {"Heal", R"({"id":"disk.full","subject":1})",
       R"(org.varlink.service.InvalidParameter{"parameter":"subject"})"},
      {"Heal", R"({"id":"sshd.failed","subject":"/"})",
       R"(org.varlink.service.InvalidParameter{"parameter":"subject"})"},
      {"Heal", R"({"id":"sshd.failed","force":true})",
       R"(org.varlink.service.InvalidParameter{"parameter":"force"})"},
      {"Heal", R"({"id":"sshd.fialed\n"})",
       R"(io.sshguardd.Agent.UnknownFinding{"id":"sshd.fialed\\n"})"},
      {"Check", R"({"ids":"sshd.failed"})",
       R"(org.varlink.service.InvalidParameter{"parameter":"ids"})"},
      {"Check", R"({"ids":[1]})", R"(org.varlink.service.InvalidParameter{"parameter":"ids"})"},
      {"Check", R"({"ids":["x"]})", R"(io.sshguardd.Agent.UnknownFinding{"id":"x"})"},
      {"GetHistory", R"({"limit":0})",
       R"(org.varlink.service.InvalidParameter{"parameter":"limit"})"},
      {"GetHistory", R"({"limit":51})",
       R"(org.varlink.service.InvalidParameter{"parameter":"limit"})"},
      {"Subscribe", "{}", "org.varlink.service.ExpectedMore{}"},
  };
  for (const Row& row : rows) {
    Talk talk;
    EXPECT_EQ(talk.error(row.method, row.parameters), row.error)
        << row.method << " " << row.parameters;
    EXPECT_FALSE(talk.session->done()) << "a wrong call is no reason to hang up";
  }
}

TEST(Control, NullIsAsGoodAsNothing) {
  Talk talk;
  EXPECT_EQ(talk.error("GetHistory", R"({"limit":null})"), "");
  EXPECT_EQ(talk.error("Pause", R"({"seconds":604800})"), "");
  EXPECT_EQ(talk.fake.asked, std::vector<std::string>{"uid 1000"});
  talk.call("Check", R"({"ids":null})");
  EXPECT_TRUE(talk.fake.check_done);
  EXPECT_TRUE(talk.fake.asked.empty());
}

TEST(Control, BeforeTheFirstLookThereIsNoStatus) {
  Talk talk;
  talk.fake.document.clear();
  EXPECT_EQ(talk.error("GetStatus"), "io.sshguardd.Agent.NotReady{}");
}

TEST(Control, EveryEndOfAHealHasItsAnswer) {
  using End = HealResult::End;
  struct Row {
    HealResult result;
    const char* answer; // error or outcome
  };
  const Heal heal{.id = "sshd.failed", .outcome = "healed", .took_ms = 83, .asked_by = "uid 0"};
  const Row rows[] = {
      {{.end = End::healed, .heal = heal}, "healed"},
      {{.end = End::still_broken, .heal = heal}, "still-broken"},
      {{.end = End::would, .steps = {"systemctl restart ssh.service"}}, "would-heal"},
      {{.end = End::withheld, .why = "paused"}, "io.sshguardd.Agent.Refused"},
      {{.end = End::no_remedy}, "io.sshguardd.Agent.NoRemedy"},
      {{.end = End::gone}, "io.sshguardd.Agent.NothingToHeal"},
      {{.end = End::unknown, .why = "systemd"}, "io.sshguardd.Agent.CouldNotLook"},
      {{.end = End::busy, .why = "sshd.stopped"}, "io.sshguardd.Agent.Busy"},
  };
  for (const Row& row : rows) {
    Talk talk;
    EXPECT_TRUE(talk.call("Heal", R"({"id":"sshd.failed","once":true})").is_null());
    EXPECT_EQ(talk.fake.request.asker, Asker::person);
    EXPECT_EQ(talk.fake.request.asked_by, "uid 1000");
    EXPECT_FALSE(talk.fake.request.dry_run);
    talk.fake.heal_done(row.result);
    const auto all = talk.heard();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].contains("error") ? all[0]["error"] : all[0]["parameters"]["outcome"],
              row.answer);
  }
}

TEST(Control, WithoutConsentThePolicyIsTheAgents) {
  Talk talk;
  talk.call("Heal", R"({"id":"sshd.failed","dry_run":true})");
  EXPECT_EQ(talk.fake.request.asker, Asker::agent);
  EXPECT_TRUE(talk.fake.request.dry_run);
}

// Of several file systems that are full a person means one.
TEST(Control, AHealMayNameOneOfSeveral) {
  Talk talk;
  talk.call("Heal", R"({"id":"disk.full","subject":"/home"})");
  EXPECT_EQ(talk.fake.request.id, "disk.full");
  EXPECT_EQ(talk.fake.request.subject, "/home");
}

TEST(Control, OneCallAtATimeInOrder) {
  Talk talk;
  const std::string calls = varlink::call("io.sshguardd.Agent.Heal", R"({"id":"sshd.failed"})") +
                            varlink::call("io.sshguardd.Agent.Resume", "{}") +
                            varlink::call("org.varlink.service.GetInfo", "{}");
  talk.session->receive(calls);
  EXPECT_FALSE(talk.session->reads());
  EXPECT_TRUE(talk.heard().empty());
  talk.fake.heal_done({.end = HealResult::End::gone});
  const auto all = talk.heard();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0]["error"], "io.sshguardd.Agent.NothingToHeal");
  EXPECT_EQ(all[1]["parameters"]["paused"], false);
  EXPECT_TRUE(all[2]["parameters"].contains("vendor"));
  EXPECT_TRUE(talk.session->reads());
}

TEST(Control, AnAnswerToSomebodyWhoHasGoneIsDropped) {
  Talk talk;
  talk.call("Heal", R"({"id":"sshd.failed"})");
  auto done = talk.fake.heal_done;
  talk.session->close();
  done({.end = HealResult::End::healed});
  EXPECT_TRUE(talk.session->output().empty());
  talk.session.reset();
  done({.end = HealResult::End::healed}); // nor does it crash
}

TEST(Control, OnewayIsCarriedOutAndNotAnswered) {
  Talk talk;
  talk.session->receive(
      R"({"method":"io.sshguardd.Agent.Pause","parameters":{"seconds":60},"oneway":true})"s + '\0' +
      varlink::call("io.sshguardd.Agent.Resume", "{}"));
  EXPECT_EQ(talk.fake.asked, std::vector<std::string>{"uid 1000"});
  EXPECT_EQ(talk.heard().size(), 1U);
}

TEST(Control, ABadFrameIsAnsweredAndEndsIt) {
  const std::string rows[] = {"\0"s,
                              "garbage\0"s,
                              "{\"method\":\"\xff\"}\0"s,
                              "[[[[\0"s,
                              std::string(70'000, 'x'),
                              std::string(70'000, '[') + '\0'};
  for (const std::string& row : rows) {
    Talk talk;
    talk.session->receive(row);
    EXPECT_FALSE(talk.session->reads());
    EXPECT_FALSE(talk.session->done()) << "not before it was told why";
    talk.session->receive(varlink::call("io.sshguardd.Agent.GetStatus", "{}")); // no more is taken
    const auto all = talk.heard();
    ASSERT_EQ(all.size(), 1U) << row.substr(0, 20);
    EXPECT_EQ(all[0]["error"], "io.sshguardd.Agent.BadFrame");
    EXPECT_TRUE(talk.session->done());
  }
}

TEST(Control, WhatCameBeforeABadFrameIsAnswered) {
  Talk talk;
  talk.session->receive(varlink::call("io.sshguardd.Agent.Heal", R"({"id":"sshd.failed"})") +
                        std::string(70'000, 'x'));
  EXPECT_TRUE(talk.heard().empty());
  talk.fake.heal_done({.end = HealResult::End::healed});
  const auto all = talk.heard();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["parameters"]["outcome"], "healed");
  EXPECT_EQ(all[1]["error"], "io.sshguardd.Agent.BadFrame");
  EXPECT_TRUE(talk.session->done());
}

TEST(Control, TheEndOfInputWaitsForTheAnswer) {
  Talk talk;
  talk.session->receive(varlink::call("io.sshguardd.Agent.Heal", R"({"id":"sshd.failed"})"));
  talk.session->end_of_input();
  EXPECT_FALSE(talk.session->done());
  EXPECT_FALSE(talk.session->reads());
  talk.fake.heal_done({.end = HealResult::End::healed});
  EXPECT_EQ(talk.heard().size(), 1U);
  EXPECT_TRUE(talk.session->done());
  Talk half;
  half.session->receive("{\"meth");
  EXPECT_TRUE(half.session->half());
  half.session->end_of_input();
  EXPECT_TRUE(half.session->done());
}

// Somebody who asks and does not read.
TEST(Control, AnswersThatAreNotReadStopTheCalls) {
  Talk talk;
  talk.fake.document = "{\"x\":\"" + std::string(50'000, 'x') + "\"}";
  std::string calls;
  for (int i = 0; i < 500; ++i)
    calls += varlink::call("io.sshguardd.Agent.GetStatus", "{}");
  talk.session->receive(calls);
  EXPECT_FALSE(talk.session->reads());
  std::size_t answers = 0;
  while (!talk.session->output().empty()) {
    talk.session->sent(talk.session->output().size());
    ++answers;
  }
  EXPECT_EQ(answers, 500U); // all the same, one after the other
  EXPECT_TRUE(talk.session->reads());
}

Line line(std::string sentence) {
  Line one;
  one.kind = Line::Kind::opened;
  one.state = State::critical;
  one.sentence = std::move(sentence);
  one.seq = 42;
  one.open = 1;
  one.id = "sshd.failed";
  return one;
}

TEST(Control, ASubscriberHearsTheStateAndThenEachLine) {
  Talk talk;
  const Json first = talk.call("Subscribe", "{}", true);
  EXPECT_EQ(first["parameters"]["status"]["state"], "ok");
  EXPECT_EQ(first["continues"], true);
  EXPECT_TRUE(talk.session->subscribed());
  talk.session->tell(event_json(line("SSH REFUSED: \x1b[2J"), {}));
  const auto all = talk.heard();
  ASSERT_EQ(all.size(), 1U);
  const Json& event = all[0]["parameters"]["event"];
  EXPECT_EQ(event["sentence"], "SSH REFUSED: \\x1b[2J");
  EXPECT_EQ(event["seq"], 42);
  EXPECT_EQ(event["state"], "critical");
  EXPECT_EQ(event["ends"], nullptr);
  EXPECT_FALSE(talk.session->reads());
  EXPECT_FALSE(talk.session->done());
}

TEST(Control, ASubscriberThatDoesNotReadIsDroppedWithALastWord) {
  Talk talk;
  talk.session->receive(varlink::call("io.sshguardd.Agent.Subscribe", "{}", true));
  talk.session->sent(5); // the first frame has begun
  int told = 0;
  for (; talk.session->subscribed(); ++told) {
    ASSERT_LT(told, 1000);
    talk.session->tell(event_json(line(std::string(1500, 'x')), {}));
  }
  EXPECT_GT(told, 100);
  talk.session->tell(event_json(line("too late"), {}));
  // The rest of the frame that has begun, and the last word.
  std::string rest{talk.session->output()};
  talk.session->sent(rest.size());
  EXPECT_EQ(rest.back(), '\0');
  const auto all = talk.heard();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["error"], "io.sshguardd.Agent.TooSlow");
  EXPECT_TRUE(talk.session->done());
}

TEST(Control, HistoryIsTheNewest) {
  Talk talk;
  for (int i = 0; i < 5; ++i) {
    talk.fake.ledger.heals.push_back({.id = "sshd.failed", .took_ms = i});
    talk.fake.ledger.past.push_back({.id = "sshd.failed", .lasted = std::chrono::seconds{i}});
  }
  const Json history = talk.call("GetHistory", R"({"limit":2})")["parameters"];
  ASSERT_EQ(history["heals"].size(), 2U);
  EXPECT_EQ(history["heals"][1]["took_ms"], 4);
  ASSERT_EQ(history["troubles"].size(), 2U);
  EXPECT_EQ(history["troubles"][0]["seconds"], 3);
}

TEST(Control, APauseIsTold) {
  Ledger ledger;
  const Now now{BootTime{100s}, WallTime{1'795'230'727s}};
  const Line paused = pause_healing(ledger, State::ok, now, 15min);
  EXPECT_EQ(paused.sentence, "Healing is paused by a person for 15m, until 2026-11-21T03:27:07Z; "
                             "watching goes on. Before that: sshguardctl resume.");
  EXPECT_EQ(ledger.paused_until, BootTime{1000s});
  EXPECT_EQ(paused_until(ledger, now), "2026-11-21T03:27:07Z");
  EXPECT_EQ(paused_until(ledger, {BootTime{1000s}, now.wall}), "");
  Snapshot snapshot;
  snapshot.host = "web-01";
  EXPECT_TRUE(console_line(paused, ledger, snapshot).ends_with(" healing=paused]"));
  const Line resumed = resume_healing(ledger, State::ok, "on", true);
  EXPECT_FALSE(ledger.paused_until);
  EXPECT_EQ(resumed.seq, paused.seq + 1);
  EXPECT_TRUE(console_line(resumed, ledger, snapshot).ends_with(" healing=resumed]"));
  EXPECT_EQ(resumed.sentence, "A person ended the pause: healing goes on.");
  EXPECT_EQ(resume_healing(ledger, State::ok, "off: [heal] enabled = no", false).sentence,
            "The pause is over; healing is off: [heal] enabled = no.");
}

} // namespace
} // namespace sshguardd::engine
