#include "key_files.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "account.none";

Snapshot nobody(const std::function<void(Snapshot&)>& how = [](Snapshot&) {}) {
  Snapshot snapshot = healthy();
  snapshot.instance = Instance{.machine_id = "0123456789abcdef0123456789abcdef"};
  Effective effective;
  effective.fingerprint = "1";
  snapshot.effective = effective;
  change(snapshot.accounts, [](Accounts& accounts) {
    accounts.people = 2;
    accounts.ways_known = true;
  });
  how(snapshot);
  return snapshot;
}

TEST(AccountNone, NobodyHasAWayIn) {
  const auto findings = run(id, nobody());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].when, When::now);
  EXPECT_EQ(findings[0].sees, Sees::denied);
  EXPECT_GE(findings[0].settle, 10s);
  EXPECT_EQ(findings[0].summary, "no account has a way in: of 2 with a login shell 0 have a key "
                                 "file, and none a key or password that lets it in");
}

// A key that they have would not help them.
TEST(AccountNone, WhoIsShutOutByARuleIsCountedAndTheRuleIsTheFix) {
  Snapshot snapshot = nobody([](Snapshot& one) {
    change(one.accounts, [](Accounts& all) {
      for (const char* name : {"alice", "bob"}) {
        Account account = account_of(name, {});
        account.excluded_by = "AllowUsers";
        account.excluded = "is not in AllowUsers";
        all.accounts.push_back(account);
      }
    });
    change(one.effective, [](Effective& effective) {
      effective.policy = {{"AllowUsers", "nobody", "/etc/ssh/sshd_config", 12}};
    });
  });
  auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary,
            "no account has a way in: of 2 with a login shell 2 are shut out by AllowUsers "
            "(sshd_config:12), 0 have a key file, and none a key or password that lets it in");
  EXPECT_EQ(findings[0].fix, std::vector<std::string>{"change AllowUsers (sshd_config:12)"});

  const std::string key = "put a public key into an account's ~/.ssh/authorized_keys";
  change(snapshot.accounts, [](Accounts& all) { all.people = 3; });
  EXPECT_EQ(run(id, snapshot)[0].fix,
            (std::vector<std::string>{"change AllowUsers (sshd_config:12)", key}));
  change(snapshot.accounts, [](Accounts& all) {
    all.accounts.resize(1);
    all.accounts[0].excluded_by = "PermitRootLogin";
  });
  EXPECT_EQ(run(id, snapshot)[0].fix, (std::vector<std::string>{key, "change PermitRootLogin"}));
}

TEST(AccountNone, FromTheNextRestartOnWhereSshdHasNotReadIt) {
  const auto findings =
      run(id, nobody([](Snapshot& snapshot) {
            change(snapshot.config, [](SshdConfig& config) { config.newest_change_us = wall_us; });
          }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].when, When::restart);
}

TEST(AccountNone, SilentOnAnyDoubt) {
  const std::function<void(Snapshot&)> doubts[] = {
      [](Snapshot& one) { change(one.accounts, [](Accounts& all) { all.ways = 1; }); },
      [](Snapshot& one) { change(one.accounts, [](Accounts& all) { all.ways_known = false; }); },
      [](Snapshot& one) { change(one.accounts, [](Accounts& all) { all.elsewhere = "sss"; }); },
      [](Snapshot& one) { one.effective = Unknown{"being asked"}; },
      [](Snapshot& one) { one.instance = Unknown{"/etc/machine-id is not set"}; },
      [](Snapshot& one) { one.intent = Unknown{"?"}; },
      [](Snapshot& one) { one.config_test = Unknown{"?"}; },
      [](Snapshot& one) {
        change(one.instance, [](Instance& instance) { instance.provisioned = false; });
      },
      [](Snapshot& one) {
        change(one.intent, [](Intent& intent) { intent.package_locks = {{"/lock", 1, 0}}; });
      },
      [](Snapshot& one) {
        change(one.units, [](SshUnits& units) { units.system_state = "starting"; });
      },
      [](Snapshot& one) {
        change(one.units, [](SshUnits& units) { units.service.active_state = "failed"; });
      },
      [](Snapshot& one) { break_config(one); },
      [](Snapshot& one) { one.accounts = Accounts{}; }, // not looked yet
  };
  for (const auto& doubt : doubts)
    EXPECT_TRUE(run(id, nobody(doubt)).empty()) << &doubt - doubts;
  EXPECT_TRUE(run(id, healthy()).empty());
}

TEST(AccountNone, WhatShutsTheLastOneOutIsTheCause) {
  Snapshot snapshot = nobody();
  change(snapshot.accounts, [](Accounts& all) {
    Account alice = account_of("alice", {});
    alice.got_in = true;
    alice.locked = "has expired";
    all.accounts.push_back(alice);
  });
  const auto evaluation = engine::evaluate(snapshot, catalog());
  ASSERT_NE(evaluation.find(id), nullptr);
  EXPECT_EQ(evaluation.find(id)->root, "account.locked");
}

} // namespace
} // namespace sshguardd::test
