#include "engine/control.hpp"
#include "fixture.hpp"

#include <set>

namespace sshguardd::test {
namespace {

using engine::evaluate;
using engine::State;

} // namespace

TEST(Catalog, EveryIdIsUniqueAndComplete) {
  std::set<std::string_view> ids;
  for (const Check* check : catalog()) {
    ASSERT_NE(check->run, nullptr) << check->name;
    EXPECT_FALSE(check->ids.empty()) << check->name;
    for (const FindingInfo& info : check->ids) {
      EXPECT_TRUE(ids.insert(info.id).second) << info.id;
      EXPECT_EQ(find_info(info.id), &info);
      for (const std::string_view text :
           {info.title, info.sees, info.when, info.remedy, info.explain, info.fix, info.mended})
        EXPECT_FALSE(text.empty()) << info.id;
    }
  }
  EXPECT_EQ(find_info("sshd.faile"), nullptr);
}

TEST(Evaluate, AHealthyMachineIsOk) {
  const auto evaluation = evaluate(healthy(), catalog());
  EXPECT_EQ(evaluation.state, State::ok);
  EXPECT_TRUE(evaluation.findings.empty());
  EXPECT_TRUE(evaluation.unknown.empty());
  EXPECT_EQ(evaluation.client.symptom, Sees::none);
}

TEST(Evaluate, ABrokenConfigurationIsTheRootOfAFailedUnit) {
  Snapshot snapshot = failed_at_start_limit();
  break_config(snapshot);
  const auto evaluation = evaluate(snapshot, catalog());
  ASSERT_EQ(evaluation.findings.size(), 2U);
  EXPECT_EQ(evaluation.findings[0].id, "sshd.config-invalid");
  EXPECT_FALSE(evaluation.findings[0].root);
  EXPECT_EQ(evaluation.findings[1].root, "sshd.config-invalid");
  EXPECT_EQ(evaluation.state, State::critical);
  EXPECT_EQ(evaluation.client.because, "sshd.config-invalid");
  EXPECT_EQ(evaluation.client.message, "ssh: connect to host web-01 port 22: Connection refused");
}

TEST(Evaluate, WhatBitesLaterDoesNotExplainWhatBitesNow) {
  // sshd_not_to_be_run lies there and the daemon lives: a warning, beside nothing else.
  Snapshot snapshot = healthy();
  break_config(snapshot);
  const auto evaluation = evaluate(snapshot, catalog());
  EXPECT_EQ(evaluation.state, State::warning);
  EXPECT_EQ(evaluation.client.symptom, Sees::none); // today's client still gets in
}

TEST(Evaluate, AMaskLeadsToOneRoot) {
  const auto evaluation = evaluate(with_units([](SshUnits& units) {
                                     units.service.load_state = "masked";
                                     units.service.unit_file_state = "masked";
                                     units.service.active_state = "inactive";
                                   }),
                                   catalog());
  ASSERT_FALSE(evaluation.findings.empty());
  EXPECT_EQ(evaluation.findings[0].id, "sshd.masked");
  for (std::size_t i = 1; i < evaluation.findings.size(); ++i)
    EXPECT_EQ(evaluation.findings[i].root, "sshd.masked") << evaluation.findings[i].id;
}

TEST(Evaluate, WhatCouldNotBeReadIsUnknownAndNeverGreen) {
  Snapshot snapshot = healthy();
  snapshot.units = Unknown{"system bus: no answer"};
  const auto evaluation = evaluate(snapshot, catalog());
  EXPECT_EQ(evaluation.state, State::unknown);
  EXPECT_TRUE(evaluation.is_unknown("sshd.failed"));
  EXPECT_FALSE(evaluation.is_unknown("agent.config"));
  EXPECT_TRUE(evaluation.findings.empty());
}

TEST(Evaluate, OfLogsEachPartIsKnownByItself) {
  Snapshot snapshot = healthy();
  snapshot.logs =
      Logs{.journal = Journal{}, .plain = Unknown{"/var/log: Permission denied"}, .rotation = {}};
  auto evaluation = evaluate(snapshot, catalog());
  EXPECT_TRUE(evaluation.is_unknown("logs.unrotated"));
  EXPECT_FALSE(evaluation.is_unknown("journal.large"));
  snapshot.logs =
      Logs{.journal = Unknown{"journald.conf: too large"}, .plain = PlainLogs{}, .rotation = {}};
  evaluation = evaluate(snapshot, catalog());
  EXPECT_FALSE(evaluation.is_unknown("logs.unrotated"));
  EXPECT_TRUE(evaluation.is_unknown("journal.large"));
  EXPECT_TRUE(evaluation.is_unknown("journal.uncapped"));
}

// With sshd down, or one that refuses its configuration, what it would make of accounts is not
// known: no green, and no trouble of its own beside what is told anyway.
TEST(Evaluate, AccountsAreUnknownWhereSshdIsNotThereToBeAsked) {
  Snapshot refuses = healthy();
  break_config(refuses);
  const Snapshot stopped =
      with_units([](SshUnits& units) { units.service.active_state = "inactive"; });
  for (Snapshot snapshot : {refuses, stopped, failed_at_start_limit()}) {
    const auto before = evaluate(snapshot, catalog());
    snapshot.accounts = Unknown{"sshd is not there"};
    auto evaluation = evaluate(snapshot, catalog());
    EXPECT_EQ(evaluation.state, before.state);
    EXPECT_FALSE(evaluation.blind());
    EXPECT_TRUE(evaluation.is_unknown("keys.mode"));
    EXPECT_TRUE(evaluation.is_unknown("account.nologin"));
    keep_only(evaluation, {"keys.mode"});
    EXPECT_EQ(evaluation.state, State::unknown) << "asked for it, nobody is told that it is well";
  }
  Snapshot answers = healthy();
  answers.accounts = Unknown{"homes: no answer in 10s"};
  EXPECT_TRUE(evaluate(answers, catalog()).blind());
  EXPECT_EQ(evaluate(answers, catalog()).state, State::unknown);
}

TEST(Evaluate, AnUnansweredTestLeavesTheOtherChecksAlone) {
  Snapshot snapshot = failed_at_start_limit();
  snapshot.config_test = Unknown{"no answer in 5s"};
  const auto evaluation = evaluate(snapshot, catalog());
  EXPECT_TRUE(evaluation.is_unknown("sshd.config-invalid"));
  EXPECT_NE(evaluation.find("sshd.failed"), nullptr);
  EXPECT_EQ(evaluation.state, State::critical);
}

TEST(Evaluate, ThePortInTheMessageIsTheOneThatSshdHolds) {
  Snapshot snapshot = with_units([](SshUnits& units) {
    units.service.load_state = "masked";
    units.service.active_state = "inactive";
    units.socket.active_state = "active";
  });
  snapshot.listeners = std::vector<Listener>{{"::", 2222, true, true}};
  EXPECT_EQ(evaluate(snapshot, catalog()).client.symptom, Sees::reset);
  change(snapshot.units, [](SshUnits& units) { units.socket.active_state = "inactive"; });
  snapshot.listeners = std::vector<Listener>{};
  snapshot.probe = Unknown{"sshd is not running"};
  snapshot.ports = {2222, 22};
  EXPECT_EQ(evaluate(snapshot, catalog()).client.message,
            "ssh: connect to host web-01 port 2222: Connection refused");
}

TEST(Evaluate, ThePortInTheMessageIsTheFindings) {
  Snapshot snapshot = healthy();
  // A forwarding in sshd's control group comes first, and is not where people knock.
  snapshot.listeners =
      std::vector<Listener>{{"127.0.0.1", 6010, false, true}, {"0.0.0.0", 22, false, true}};
  snapshot.ports = {22, 2222};
  snapshot.addresses = std::vector<std::string>{"127.0.0.1", "10.77.0.2"};
  snapshot.effective =
      Effective{.fingerprint = "1", .listen = {{"0.0.0.0", 22, false}, {"0.0.0.0", 2222, false}}};
  EXPECT_EQ(evaluate(snapshot, catalog()).client.message,
            "ssh: connect to host web-01 port 2222: Connection refused");
  snapshot.ports.clear();
  snapshot.effective = Unknown{"being asked"};
  snapshot.probe =
      Probe{"127.0.0.1", 22, false, "closed", Probe::How::closed, Probe::failures_enough};
  snapshot.privsep_dir = PrivsepDir{.path = "/run/sshd"};
  snapshot.daemon = Daemon{.pid = 91, .state = 'S'};
  EXPECT_EQ(evaluate(snapshot, catalog()).client.message, "Connection reset by web-01 port 22");
  snapshot.host = "PORT";
  EXPECT_EQ(evaluate(snapshot, catalog()).client.message, "Connection reset by PORT port 22");
}

// ---- what is accepted --------------------------------------------------------------------------

namespace {

Config accepting(Accept accept) {
  Config config;
  config.accept = {std::move(accept)};
  return config;
}

Snapshot disabled() {
  return with_units([](SshUnits& units) { units.service.unit_file_state = "disabled"; });
}

Snapshot masked() {
  return with_units([](SshUnits& units) {
    units.service.load_state = "masked";
    units.service.unit_file_state = "masked";
    units.service.active_state = "inactive";
  });
}

// Nothing is installed: no unit, no binary, so that nothing could be tested.
Snapshot without_sshd() {
  Snapshot snapshot = with_units([](SshUnits& units) {
    units.service = {};
    units.service.load_state = "not-found";
    units.socket = units.service;
    units.owner = PortOwner::none;
  });
  snapshot.config = Unknown{"no unit runs sshd"};
  snapshot.config_test = Unknown{"no unit runs sshd"};
  snapshot.listeners = std::vector<Listener>{};
  snapshot.probe = Unknown{"sshd is not running"};
  return snapshot;
}

} // namespace

TEST(Accept, AnAcceptedFindingIsListedAndHasNoEffect) {
  ASSERT_EQ(evaluate(disabled(), catalog()).state, State::warning);
  const auto evaluation = evaluate(
      disabled(), catalog(), accepting({"sshd.disabled", "ssh.service", {}, "a cluster manager"}));
  EXPECT_EQ(evaluation.state, State::ok);
  ASSERT_EQ(evaluation.findings.size(), 1U);
  ASSERT_TRUE(evaluation.findings[0].accepted);
  EXPECT_EQ(evaluation.findings[0].accepted->reason, "a cluster manager");
  EXPECT_FALSE(evaluation.findings[0].accepted->until);
}

TEST(Accept, OnlyItsIdAndItsSubjectUntilItsTime) {
  const WallTime now = at_noon.wall;
  struct Row {
    Accept accept;
    bool counts;
  };
  const Row rows[] = {
      {{"sshd.disabled", "", {}, "x"}, true},
      {{"sshd.disabled", "ssh.service", {}, "x"}, true},
      {{"sshd.disabled", "ssh", {}, "x"}, false},
      {{"sshd.disabled", "SSH.service", {}, "x"}, false},
      {{"sshd.disabled", "ssh.service ", {}, "x"}, false},
      {{"sshd.stopped", "ssh.service", {}, "x"}, false},
      {{"sshd", "", {}, "x"}, false},
      {{"sshd.disabled", "", now + 1us, "x"}, true},
      {{"sshd.disabled", "", now, "x"}, false},
      {{"sshd.disabled", "", now - 1us, "x"}, false},
      {{"sshd.disabled", "", WallTime::max(), "x"}, true},
      {{"sshd.disabled", "", WallTime::min(), "x"}, false},
  };
  for (const Row& row : rows) {
    const auto evaluation = evaluate(disabled(), catalog(), accepting(row.accept));
    EXPECT_EQ(evaluation.state, row.counts ? State::ok : State::warning)
        << row.accept.id << " " << row.accept.subject;
    EXPECT_EQ(evaluation.findings.size(), 1U);
  }
  // One that is over does not stand in the way of one that holds.
  Config config = accepting({"sshd.disabled", "", now, "over"});
  config.accept.push_back({"sshd.disabled", "ssh.service", now + 1h, "holds"});
  const auto evaluation = evaluate(disabled(), catalog(), config);
  ASSERT_TRUE(evaluation.findings[0].accepted);
  EXPECT_EQ(evaluation.findings[0].accepted->reason, "holds");
}

TEST(Accept, ASubjectIsTakenAsTheStatusShowsItToo) {
  Snapshot snapshot = with_units([](SshUnits& units) {
    units.service.id = "ssh\\x2d\xff.service";
    units.service.unit_file_state = "disabled";
  });
  for (const char* subject : {"ssh\\x2d\xff.service", "ssh\\\\x2d\\xff.service"})
    EXPECT_EQ(evaluate(snapshot, catalog(), accepting({"sshd.disabled", subject, {}, "x"})).state,
              State::ok)
        << subject;
}

TEST(Accept, TheClientsMessageComesFromWhatIsNotAccepted) {
  Snapshot snapshot = failed_at_start_limit();
  break_config(snapshot);
  const auto evaluation =
      evaluate(snapshot, catalog(), accepting({"sshd.failed", "", {}, "switched off"}));
  EXPECT_EQ(evaluation.client.because, "sshd.config-invalid");
  EXPECT_EQ(evaluation.state, State::critical);
  EXPECT_EQ(evaluation.findings.back().id, "sshd.failed") << "the accepted ones stand last";
}

// Who lives with a broken file has not said that sshd may stay down.
TEST(Accept, TheCauseIsAcceptedButNotWhatItLeadsTo) {
  Snapshot snapshot = failed_at_start_limit();
  break_config(snapshot);
  const auto evaluation =
      evaluate(snapshot, catalog(), accepting({"sshd.config-invalid", "", {}, "known"}));
  EXPECT_EQ(evaluation.state, State::critical);
  EXPECT_EQ(evaluation.findings[0].id, "sshd.failed");
  EXPECT_FALSE(evaluation.findings[0].root) << "it is told, and not beneath what is accepted";
  EXPECT_EQ(evaluation.client.because, "sshd.failed");
}

TEST(Accept, WhatIsUnknownStaysUnknown) {
  Snapshot snapshot = healthy();
  snapshot.units = Unknown{"system bus: no answer"};
  EXPECT_EQ(evaluate(snapshot, catalog(), accepting({"sshd.disabled", "", {}, "x"})).state,
            State::unknown);
}

TEST(Accept, NoSshdIsExpected) {
  Config config;
  config.sshd_expected = false;
  Snapshot broken = failed_at_start_limit();
  break_config(broken);
  for (const Snapshot& snapshot : {healthy(), disabled(), masked(), broken, without_sshd()}) {
    const auto evaluation = evaluate(snapshot, catalog(), config);
    EXPECT_EQ(evaluation.state, State::ok);
    EXPECT_EQ(evaluation.client.symptom, Sees::none);
    EXPECT_FALSE(evaluation.sshd_expected);
    EXPECT_TRUE(evaluation.unknown.empty());
    for (const Finding& finding : evaluation.findings) {
      ASSERT_TRUE(finding.accepted) << finding.id;
      EXPECT_EQ(finding.accepted->reason, "[sshd] expected = no");
    }
  }
  // The agent's own findings still count.
  change(broken.self, [](SelfTest& self) { self.problems = {"console: gone"}; });
  EXPECT_EQ(evaluate(broken, catalog(), config).state, State::warning);
  broken.self = Unknown{"no"};
  EXPECT_EQ(evaluate(broken, catalog(), config).state, State::unknown);
}

} // namespace sshguardd::test
