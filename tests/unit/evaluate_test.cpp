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
  EXPECT_EQ(evaluate(snapshot, catalog()).client.message,
            "ssh: connect to host web-01 port 2222: Connection refused");
}

} // namespace sshguardd::test
