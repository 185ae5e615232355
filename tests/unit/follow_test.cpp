// Stories: what is told while trouble comes, changes its face and goes.
#include "engine/policy.hpp"
#include "engine/report.hpp"
#include "fixture.hpp"

namespace sshguardd::test {
namespace {

using engine::Line;
using Phase = engine::RemedyState::Phase;

// The agent's settling of one snapshot, without a machine.
struct Story {
  engine::Ledger ledger;
  Config config;

  std::vector<Line> at(Snapshot snapshot, std::chrono::microseconds later = 0us) {
    snapshot.taken.boot += later;
    snapshot.taken.wall += later;
    auto evaluation = engine::evaluate(snapshot, catalog(), config);
    // The stories of accounts are about whose line it is, not how long it waits.
    for (Finding& finding : evaluation.findings) {
      if (finding.id == "keys.mode") finding.settle = {};
    }
    engine::RemedyStates remedies;
    for (const Finding& finding : evaluation.findings) {
      if (!finding.remedy) continue;
      auto decision =
          engine::decide(*finding.remedy, snapshot, config, ledger, snapshot.taken.boot);
      const auto phase = decision.hold == engine::Hold::none ? Phase::applying : Phase::withheld;
      remedies[engine::remedy_key(finding)] = {phase, decision};
    }
    return engine::follow(ledger, evaluation, remedies, snapshot);
  }
  void healed(std::string_view id) {
    for (engine::Episode& episode : ledger.episodes)
      episode.healed = id;
  }
};

// Accounts whose home is open to everybody.
Snapshot open_homes(const std::vector<std::string>& names, std::uint32_t keyed = 9) {
  Snapshot snapshot = healthy();
  snapshot.instance = Instance{.machine_id = "m", .instance_id = "", .provisioned = true};
  Accounts accounts{.accounts = {}, .people = keyed, .keyed = keyed};
  for (const std::string& name : names) {
    const std::string home = "/home/" + name;
    KeyFile file{.path = home + "/.ssh/authorized_keys",
                 .state = KeyFile::State::refused,
                 .object = home,
                 .why = "mode 0777",
                 .too_open = {home},
                 .mendable = {home},
                 .keys = 1};
    accounts.accounts.push_back(
        {.name = name, .uid = 1000, .gid = 1000, .home = home, .files = {file}});
    ++accounts.open;
  }
  snapshot.accounts = std::move(accounts);
  return snapshot;
}

} // namespace

TEST(Follow, EachAccountIsAStoryOfItsOwn) {
  Story story;
  auto lines = story.at(open_homes({"alice", "bob"}));
  ASSERT_EQ(lines.size(), 2U);
  for (const Line& line : lines)
    EXPECT_EQ(line.sentence, "LOGIN DENIED: sshd ignores " + line.subject + "'s keys: /home/" +
                                 line.subject + " is mode 0777. NEXT: the agent mends the mode.");
  EXPECT_NE(lines[0].subject, lines[1].subject);
  const std::uint32_t bobs = lines[lines[0].subject == "bob" ? 0 : 1].seq;
  EXPECT_TRUE(story.at(open_homes({"alice", "bob"}), 10s).empty());
  EXPECT_TRUE(story.at(open_homes({"bob", "alice"}), 20s).empty());
  // One is healed, another comes: the first is over, the second goes on.
  for (engine::Episode& episode : story.ledger.episodes)
    if (episode.subject == "alice") episode.healed = "keys.mode";
  lines = story.at(open_homes({"bob", "carol"}), 30s);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].kind, Line::Kind::ended);
  EXPECT_EQ(lines[0].subject, "alice");
  EXPECT_EQ(lines[0].by, "agent");
  EXPECT_TRUE(lines[0].sentence.starts_with(
      "Ended for alice after 30s: key file mode mended by the agent. Still: "))
      << lines[0].sentence;
  EXPECT_EQ(lines[1].kind, Line::Kind::opened);
  EXPECT_EQ(lines[1].subject, "carol");
  lines = story.at(open_homes({"carol"}), 40s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].ends, bobs);
  EXPECT_EQ(lines[0].by, "person");
}

TEST(Follow, WhoIsOneOfManyIsNotOver) {
  Story story;
  EXPECT_EQ(story.at(open_homes({"alice"})).size(), 1U);
  // From two in five on to four of them: one line for all, and alice is still locked out.
  auto lines = story.at(open_homes({"alice", "bob", "carol", "dan"}, 5), 10s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::opened);
  EXPECT_EQ(lines[0].subject, several_accounts);
  EXPECT_EQ(story.ledger.episodes.size(), 2U);
  lines = story.at(open_homes({"alice"}, 5), 20s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].subject, several_accounts);
  EXPECT_EQ(lines[0].kind, Line::Kind::ended);
  EXPECT_EQ(story.at(open_homes({}, 5), 30s).size(), 1U);
  EXPECT_TRUE(story.ledger.episodes.empty());
}

TEST(Follow, AnAccountThatIsLockedOutIsNoPartOfWhatSshdHad) {
  Story story;
  EXPECT_EQ(story.at(failed_at_start_limit()).size(), 1U);
  const auto lines = story.at(open_homes({"alice"}), 10s);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].kind, Line::Kind::ended);
  EXPECT_EQ(lines[0].id, "sshd.failed");
  EXPECT_EQ(lines[1].kind, Line::Kind::opened);
}

TEST(FollowAccepted, OneAccountIsNotAll) {
  Story story;
  story.config.accept = {{.id = "keys.mode", .subject = "alice", .until = {}, .reason = "known"}};
  auto lines = story.at(open_homes({"alice", "bob"}));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].subject, "bob");
  lines = story.at(open_homes({"alice"}), 10s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].subject, "bob");
  EXPECT_EQ(lines[0].sentence.find("Accepted"), std::string::npos) << lines[0].sentence;
}

TEST(Follow, AHealthyMachineIsSilent) {
  Story story;
  EXPECT_TRUE(story.at(healthy()).empty());
  EXPECT_TRUE(story.at(healthy(), 1h).empty());
}

TEST(Follow, FailedAndHealedIsOneLineEach) {
  Story story;
  auto lines = story.at(failed_at_start_limit());
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::opened);
  EXPECT_EQ(lines[0].sentence,
            "SSH REFUSED: ssh.service failed: start limit hit; before that sshd was "
            "killed by signal KILL. NEXT: the agent starts sshd.");
  EXPECT_EQ(lines[0].open, 1U);
  EXPECT_TRUE(story.at(failed_at_start_limit(), 10ms).empty()); // told already

  story.healed("sshd.failed");
  lines = story.at(healthy(), 100ms);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::ended);
  EXPECT_EQ(lines[0].sentence, "SSH works again after 0.1s: sshd started by the agent.");
  EXPECT_EQ(lines[0].ends, 1U);
  EXPECT_EQ(lines[0].by, "agent");
  EXPECT_EQ(lines[0].open, 0U);
}

TEST(Follow, ABrokenConfigurationMendedByAPersonAndHealedByTheAgentIsOneEpisode) {
  Story story;
  Snapshot broken = failed_at_start_limit();
  break_config(broken);
  auto lines = story.at(broken);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].id, "sshd.config-invalid");
  EXPECT_EQ(lines[0].sentence,
            "SSH REFUSED: sshd_config:12 \"Bad configuration option: Prot\". DO: fix "
            "line 12; the agent then starts sshd.");

  // Mended: what remains is the failed unit, which the agent is about to start.
  EXPECT_TRUE(story.at(failed_at_start_limit(), 31s).empty());
  EXPECT_EQ(story.ledger.episodes.size(), 1U);

  story.healed("sshd.failed");
  lines = story.at(healthy(), 31s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].sentence,
            "SSH works again after 31s: sshd started by the agent, config mended by a person.");
  EXPECT_EQ(lines[0].id, "sshd.config-invalid");
  EXPECT_EQ(lines[0].ends, 1U);
  EXPECT_EQ(lines[0].by, "agent");
}

TEST(Follow, AFileMendedAndSshdStartedByTheAgent) {
  const HostKey key{.path = "/etc/ssh/ssh_host_rsa_key",
                    .exists = true,
                    .regular = true,
                    .size = 2000,
                    .mode = 0640};
  // The mode was seen at once, or after it was known only that there is no key.
  for (const bool at_once : {true, false}) {
    Story story;
    Snapshot broken = failed_at_start_limit();
    change(broken.config_test, [&](ConfigTest& test) {
      test.passed = false;
      test.no_hostkeys = true;
      test.keys = {{key.path, 0, "Permissions 0640 for '" + key.path + "' are too open"}};
    });
    if (!at_once) {
      EXPECT_EQ(story.at(broken).size(), 1U);
    }
    broken.host_keys = HostKeys{.keys = {key}, .change = {}};
    story.at(broken, 100ms); // its remedy is under way: nothing more need be told
    story.healed("sshd.hostkey-permissions");
    EXPECT_TRUE(story.at(failed_at_start_limit(), 1s).empty());
    story.healed("sshd.hostkey-permissions sshd.failed");
    const auto lines = story.at(healthy(), 2s);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].sentence.find("by a person"), std::string::npos) << lines[0].sentence;
    EXPECT_NE(lines[0].sentence.find("host key mode mended by the agent"), std::string::npos)
        << lines[0].sentence;
    EXPECT_EQ(lines[0].by, "agent");
  }
}

TEST(Follow, MendedByAPersonAlone) {
  Story story;
  Snapshot risky = healthy();
  break_config(risky);
  auto lines = story.at(risky);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].sentence,
            "SSH works now; the NEXT sshd RESTART locks everyone out: sshd_config:12 \"Bad "
            "configuration option: Prot\". DO: fix line 12.");
  lines = story.at(healthy(), 65s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].sentence,
            "Ended after 1m 5s: config mended by a person. The next sshd restart is "
            "safe again.");
  EXPECT_EQ(lines[0].by, "person");
}

TEST(Follow, AWarningThatComesTrueStaysItsEpisode) {
  Story story;
  Snapshot risky = healthy();
  break_config(risky);
  story.at(risky);
  Snapshot down = failed_at_start_limit();
  break_config(down);
  auto lines = story.at(down, 5s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::changed);
  EXPECT_EQ(lines[0].about, 1U);
  EXPECT_EQ(lines[0].sentence.rfind("SSH REFUSED: sshd_config:12", 0), 0U);
  EXPECT_EQ(story.ledger.episodes.size(), 1U);
}

TEST(Follow, AWithheldRemedySaysWhy) {
  Story story;
  Snapshot busy = failed_at_start_limit();
  change(busy.intent, [](Intent& intent) {
    intent.package_locks = {{"/var/lib/dpkg/lock-frontend", 812, 3}};
  });
  const auto lines = story.at(busy);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].sentence.find("WAITS: dpkg lock held (pid 812); the agent then starts sshd."),
            std::string::npos)
      << lines[0].sentence;
}

TEST(Follow, WhatBecomesUnknownIsNeitherOverNorToldAgain) {
  Story story;
  story.at(failed_at_start_limit());
  Snapshot blind = failed_at_start_limit();
  blind.units = Unknown{"system bus: connection lost"};
  EXPECT_TRUE(story.at(blind, 1s).empty());
  EXPECT_EQ(story.ledger.episodes.size(), 1U);
  EXPECT_TRUE(story.at(failed_at_start_limit(), 2s).empty());
}

TEST(Follow, WhereSshdShouldListenIsNotOverBecauseNobodyKnows) {
  Snapshot half = healthy();
  half.addresses = std::vector<std::string>{"127.0.0.1", "::1"};
  half.listeners = std::vector<Listener>{{"::", 22, true, true}};
  Effective effective;
  effective.listen = {{"0.0.0.0", 22, false}, {"::", 22, true}};
  half.effective = effective;
  Story story;
  EXPECT_TRUE(story.at(half).empty());
  ASSERT_EQ(story.at(half, 5s).size(), 1U);
  Snapshot not_asked = half; // after the agent's own restart
  not_asked.effective = Unknown{"being asked"};
  EXPECT_TRUE(story.at(not_asked, 6s).empty());
  Snapshot unread = half;
  unread.listeners = Unknown{"x"};
  EXPECT_TRUE(story.at(unread, 7s).empty());
  EXPECT_TRUE(story.at(half, 8s).empty());
  Snapshot whole = half;
  whole.listeners = std::vector<Listener>{{"::", 22, true, true}, {"0.0.0.0", 22, false, true}};
  const auto lines = story.at(whole, 9s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::ended);
}

TEST(Follow, AStopIsToldOnlyWhenItLasts) {
  Snapshot stopped = with_units([](SshUnits& units) { units.service.active_state = "inactive"; });
  stopped.listeners = std::vector<Listener>{};
  Story restart_by_hand;
  EXPECT_TRUE(restart_by_hand.at(stopped).empty());
  EXPECT_TRUE(restart_by_hand.at(healthy(), 300ms).empty());

  Story story;
  EXPECT_TRUE(story.at(stopped).empty());
  const auto lines = story.at(stopped, 1s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].sentence,
            "SSH REFUSED: ssh.service was stopped. DO: systemctl start ssh.service.");
}

TEST(Follow, WhatMayPassIsNoStateToEndWith) {
  Story story;
  ASSERT_EQ(story.at(open_homes({"alice"})).size(), 1U);
  // Somebody mends it and restarts sshd, which is gone for a moment: nothing would take back the
  // word CRITICAL of a line that tells the end.
  Snapshot stopped = with_units([](SshUnits& units) { units.service.active_state = "inactive"; });
  stopped.listeners = std::vector<Listener>{};
  stopped.accounts = open_homes({}).accounts;
  ASSERT_EQ(engine::evaluate(stopped, catalog()).state, engine::State::critical);
  const auto lines = story.at(stopped, 5s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::ended);
  EXPECT_EQ(lines[0].state, engine::State::ok);
}

TEST(Follow, TwoTroublesAreTwoEpisodes) {
  Story story;
  Snapshot both = failed_at_start_limit();
  change(both.self, [](SelfTest& self) { self.problems = {"console: gone"}; });
  EXPECT_EQ(story.at(both).size(), 2U);
  Snapshot one = healthy();
  one.self = both.self;
  const auto lines = story.at(one, 3s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].open, 1U);
  EXPECT_EQ(lines[0].state, engine::State::warning); // the second word is the VM's state
}

TEST(Follow, TwoRootsThatWereOneTroubleDoNotTakeTurnsOnTheConsole) {
  const auto masked_and = [](const char* state) {
    Snapshot snapshot = with_units([state](SshUnits& units) {
      units.service.load_state = "masked";
      units.service.unit_file_state = "masked";
      units.service.active_state = state;
    });
    break_config(snapshot);
    return snapshot;
  };
  Story story;
  EXPECT_EQ(story.at(masked_and("inactive")).size(), 2U); // the mask and the configuration
  for (int i = 1; i < 5; ++i)
    EXPECT_TRUE(story.at(masked_and("inactive"), i * 10s).empty()) << i;
  Snapshot unmasked = with_units([](SshUnits& units) { units.service.active_state = "failed"; });
  break_config(unmasked);
  story.at(unmasked, 60s);
  for (int i = 1; i < 5; ++i)
    EXPECT_TRUE(story.at(unmasked, 60s + i * 10s).empty()) << i;
  EXPECT_EQ(story.ledger.episodes.size(), 1U);
}

TEST(Follow, ATroubleIsNotOverWhileSshdIsStillStarting) {
  Story story;
  story.at(failed_at_start_limit());
  const Snapshot starting = with_units([](SshUnits& units) {
    units.service.active_state = "activating";
    units.service.job_queued = true;
  });
  EXPECT_TRUE(story.at(starting, 1s).empty());
  EXPECT_EQ(story.at(healthy(), 2s).size(), 1U);
}

TEST(Follow, MendedBeforeSystemdGaveUpIsStillOneTrouble) {
  Story story;
  Snapshot retrying =
      with_units([](SshUnits& units) { units.service.active_state = "activating"; });
  retrying.listeners = std::vector<Listener>{};
  break_config(retrying);
  story.at(retrying);
  ASSERT_EQ(story.at(retrying, 2s).size(), 1U); // no failed unit yet: the configuration alone
  EXPECT_TRUE(story.at(failed_at_start_limit(), 3s).empty());
  story.healed("sshd.failed");
  const auto lines = story.at(healthy(), 4s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].id, "sshd.config-invalid");
  EXPECT_EQ(lines[0].sentence,
            "SSH works again after 2s: sshd started by the agent, config mended by a person.");
}

// People read the last line.
TEST(Follow, TheWorstIsToldLast) {
  Snapshot both = failed_at_start_limit();
  change(both.self, [](SelfTest& self) { self.problems = {"console: gone"}; });
  Story story;
  const auto opened = story.at(both);
  ASSERT_EQ(opened.size(), 2U);
  EXPECT_EQ(opened[0].id, "agent.selftest");
  EXPECT_EQ(opened[1].id, "sshd.failed");
  EXPECT_EQ(opened[0].seq, 1U);
  EXPECT_EQ(opened[1].seq, 2U);
  // Each ends as the one that it was.
  Snapshot one = failed_at_start_limit();
  auto lines = story.at(one, 1min);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].ends, opened[0].seq);
  EXPECT_EQ(lines[0].by, "recovered") << "nobody knows whether somebody did";
  EXPECT_EQ(lines[0].sentence, "Ended after 1m: sshguardd's self-test passed. Still: " +
                                   opened[1].sentence.substr(0, opened[1].sentence.find(" NEXT")));
  lines = story.at(healthy(), 2min);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].ends, opened[1].seq);
}

TEST(Follow, AnEndBehindANewTroubleNamesIt) {
  Snapshot warned = healthy();
  change(warned.self, [](SelfTest& self) { self.problems = {"console: gone"}; });
  Story story;
  ASSERT_EQ(story.at(warned).size(), 1U);
  const auto lines = story.at(failed_at_start_limit(), 1min);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].kind, Line::Kind::ended);
  EXPECT_EQ(lines[0].sentence.find("Still:"), std::string::npos) << lines[0].sentence;
  EXPECT_EQ(lines[1].id, "sshd.failed");
}

TEST(FollowAccepted, AnAcceptedFindingIsSilent) {
  Story story;
  story.config.accept = {{"sshd.disabled", "", {}, "a cluster manager"}};
  const Snapshot disabled =
      with_units([](SshUnits& units) { units.service.unit_file_state = "disabled"; });
  EXPECT_TRUE(story.at(disabled).empty());
  EXPECT_TRUE(story.at(disabled, 1h).empty());
  EXPECT_TRUE(story.ledger.episodes.empty());
}

TEST(FollowAccepted, EndsAnOpenEpisodeAndComesBackWhenItIsOver) {
  Story story;
  const Snapshot disabled =
      with_units([](SshUnits& units) { units.service.unit_file_state = "disabled"; });
  const auto opened = story.at(disabled);
  ASSERT_EQ(opened.size(), 1U);
  story.config.accept = {{"sshd.disabled", "", at_noon.wall + 2h, "a cluster manager"}};
  auto lines = story.at(disabled, 1h);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::ended);
  EXPECT_EQ(lines[0].ends, opened[0].seq);
  EXPECT_EQ(lines[0].by, "person");
  EXPECT_EQ(lines[0].state, engine::State::ok);
  EXPECT_EQ(lines[0].open, 0U);
  EXPECT_EQ(lines[0].sentence, "Accepted after 1h, until 2026-11-21T05:12:07Z: a cluster manager. "
                               "It is still so: ssh.service is disabled, ssh.socket too.");
  EXPECT_TRUE(story.at(disabled, 90min).empty());
  lines = story.at(disabled, 2h);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::opened);
  EXPECT_EQ(lines[0].id, "sshd.disabled");
}

// One that waits to be told waits anew when its acceptance ends.
TEST(FollowAccepted, DoesNotSettle) {
  Story story;
  const Snapshot stopped = with_units([](SshUnits& units) {
    units.service.active_state = "inactive";
    units.service.main_pid = 0;
  });
  EXPECT_TRUE(story.at(stopped).empty());
  EXPECT_EQ(story.ledger.settling.size(), 1U);
  story.config.accept = {{"sshd.stopped", "", {}, "x"}};
  EXPECT_TRUE(story.at(stopped, 2s).empty());
  EXPECT_TRUE(story.ledger.settling.empty());
}

// Each account's trouble lasts by itself.
TEST(FollowSettling, ByAccount) {
  Story story;
  const auto without_keys = [](const std::vector<std::string>& names) {
    Snapshot snapshot = healthy();
    Accounts accounts;
    for (const std::string& name : names) {
      KeyLoss loss{.name = name, .got_in = true, .paths = {"/k/" + name}};
      accounts.losses.push_back(loss);
    }
    snapshot.accounts = accounts;
    return snapshot;
  };
  EXPECT_TRUE(story.at(without_keys({"alice"})).empty());
  EXPECT_TRUE(story.at(without_keys({"alice", "bob"}), 10s).empty());
  auto lines = story.at(without_keys({"alice", "bob"}), 16s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].subject, "alice");
  lines = story.at(without_keys({"alice", "bob"}), 26s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].subject, "bob");
  lines = story.at(without_keys({"alice"}), 30s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::ended);
}

TEST(FollowAccepted, OneThatIsNotAcceptedIsAStoryOfItsOwn) {
  Story story;
  Snapshot snapshot = failed_at_start_limit();
  break_config(snapshot);
  auto lines = story.at(snapshot);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].id, "sshd.config-invalid");
  // sshd is still down: it goes on as the same trouble, with what keeps people out.
  story.config.accept = {{"sshd.config-invalid", "", {}, "known"}};
  lines = story.at(snapshot, 1min);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::changed);
  EXPECT_EQ(lines[0].id, "sshd.failed");
  EXPECT_EQ(story.ledger.episodes.size(), 1U);
  story.config.sshd_expected = false;
  lines = story.at(snapshot, 2min);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].kind, Line::Kind::ended);
  EXPECT_EQ(lines[0].by, "person");
  EXPECT_NE(lines[0].sentence.find("[sshd] expected = no"), std::string::npos) << lines[0].sentence;
  // Mended behind its back: nothing is told that was not open.
  EXPECT_TRUE(story.at(healthy(), 3min).empty());
}

TEST(FollowAccepted, TheFirstLineSaysThatNoSshdIsExpected) {
  Snapshot snapshot = healthy();
  snapshot.probe = Unknown{"sshd is not running"};
  Config config;
  config.sshd_expected = false;
  engine::Ledger ledger;
  const auto line =
      engine::alive_line(ledger, engine::evaluate(snapshot, catalog(), config), snapshot);
  EXPECT_EQ(line.sentence, "Watching; no sshd is expected here ([sshd] expected = no).");
}

TEST(Follow, AHoldOfAMomentIsNotWorthALine) {
  Story story;
  Snapshot broken = failed_at_start_limit();
  break_config(broken);
  story.at(broken);
  Snapshot mended = failed_at_start_limit();
  change(mended.config, [](SshdConfig& config) { config.newest_change_us = wall_us + 9'900'000; });
  EXPECT_TRUE(story.at(mended, 10s).empty());
}

TEST(Follow, NobodyIsToldThatSshWorksBeforeItAnswered) {
  Story story;
  story.at(failed_at_start_limit());
  Snapshot silent = healthy();
  silent.probe = Probe{"127.0.0.1", 22, false, "no banner in time"};
  const auto lines = story.at(silent, 9s);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].sentence.find("SSH works again"), std::string::npos) << lines[0].sentence;
}

TEST(Follow, AConfigurationThatIsEditedFiftyTimesIsFolded) {
  Story story;
  std::vector<Line> told;
  const auto edit = [](int line) {
    Snapshot snapshot = healthy();
    break_config(snapshot, line);
    return snapshot;
  };
  std::vector<std::chrono::milliseconds> times;
  for (int i = 0; i < 50; ++i) {
    for (Line& line : story.at(edit(i % 2 == 0 ? 12 : 99), i * 200ms)) {
      told.push_back(std::move(line));
      times.push_back(i * 200ms);
    }
  }
  EXPECT_LE(told.size(), 7U); // the first, one other reason, and one each two seconds
  EXPECT_EQ(times[0], 0ms);
  EXPECT_EQ(times[1], 200ms) << "the first other reason is told at once";
  for (std::size_t i = 2; i < times.size(); ++i)
    EXPECT_GE(times[i] - times[i - 1], 2s);
  // The last state is told in the end.
  ASSERT_TRUE(story.ledger.tell_at || told.back().sentence.find(":99 ") != std::string::npos);
  const auto last = story.at(edit(99), 12s);
  const std::string& sentence = last.empty() ? told.back().sentence : last.back().sentence;
  EXPECT_NE(sentence.find(":99 "), std::string::npos) << sentence;
  EXPECT_TRUE(story.at(edit(99), 20s).empty());
}

TEST(Follow, PeopleWhoAreLockedOutAreToldAtOnceWhateverWasFolded) {
  Story story;
  Snapshot risky = healthy();
  break_config(risky, 1);
  story.at(risky);
  break_config(risky, 2);
  EXPECT_EQ(story.at(risky, 100ms).size(), 1U);
  break_config(risky, 3);
  EXPECT_TRUE(story.at(risky, 200ms).empty());
  Snapshot down = failed_at_start_limit();
  break_config(down, 3);
  const auto lines = story.at(down, 300ms);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].state, engine::State::critical);
}

TEST(Follow, WhatComesAndGoesIsToldWhenItStays) {
  Story story;
  Snapshot risky = healthy();
  break_config(risky);
  std::size_t told = 0;
  for (int i = 0; i < 50; ++i)
    told += story.at(i % 2 == 0 ? risky : healthy(), i * 200ms).size();
  EXPECT_LE(told, 12U); // without it: 50
  EXPECT_TRUE(story.at(risky, 20s).size() <= 1U);
  story.at(risky, 23s);
  EXPECT_EQ(story.ledger.episodes.size(), 1U) << "it stays: it is told";
}

} // namespace sshguardd::test
