#include "fixture.hpp"

namespace sshguardd::test {
namespace {

FstabMount home() {
  return {.source = "UUID=1",
          .point = "/home",
          .type = "ext4",
          .options = "nofail",
          .device = "/dev/disk/by-uuid/1",
          .expected = true,
          .verify = {},
          .homes = {"/home/alice", "/home/bob"}};
}

Snapshot with(const FstabMount& one) {
  Snapshot snapshot = healthy();
  snapshot.mounts =
      MountFacts{.fstab = std::vector{one}, .unreadable = {}, .ephemeral = {}, .room = {}};
  return snapshot;
}

AccountKeys alice() {
  AccountKeys keys;
  keys.name = "alice";
  keys.home = "/home/alice";
  keys.got_in = true;
  return keys;
}

TEST(DiskMountMissing, is_told_of_what_logins_need) {
  struct Row {
    const char* what;
    std::function<void(FstabMount&)> how;
    std::size_t found;
  };
  const Row rows[] = {
      {"not mounted", [](FstabMount&) {}, 1},
      {"mounted", [](FstabMount& one) { one.mounted = true; }, 0},
      {"on demand, or ignored", [](FstabMount& one) { one.expected = false; }, 0},
      {"of nobody's home", [](FstabMount& one) { one.point = "/data", one.homes = {}; }, 0},
      {"/var", [](FstabMount& one) { one.point = "/var", one.homes = {}; }, 1},
      {"/var/log", [](FstabMount& one) { one.point = "/var/log", one.homes = {}; }, 1},
      {"/var/lib/docker", [](FstabMount& one) { one.point = "/var/lib/docker", one.homes = {}; },
       0},
      {"homes elsewhere", [](FstabMount& one) { one.point = "/srv/people"; }, 1},
  };
  for (const Row& row : rows) {
    FstabMount one = home();
    row.how(one);
    const auto findings = run("disk.mount-missing", with(one));
    ASSERT_EQ(findings.size(), row.found) << row.what;
    if (row.found == 0) continue;
    EXPECT_EQ(findings.front().severity, Severity::warning) << row.what;
    EXPECT_EQ(findings.front().settle, 30s) << row.what;
    EXPECT_EQ(findings.front().subject, one.point);
  }
}

TEST(DiskMountMissing, is_critical_where_somebody_is_kept_out) {
  struct Row {
    const char* what;
    std::function<void(AccountKeys&)> how;
    bool critical;
  };
  const Row rows[] = {
      {"got in, and has no way", [](AccountKeys&) {}, true},
      {"never got in", [](AccountKeys& one) { one.got_in = false; }, false},
      {"has a password", [](AccountKeys& one) { one.way = true; }, false},
      {"has keys from elsewhere", [](AccountKeys& one) { one.elsewhere = true; }, false},
      {"lives elsewhere", [](AccountKeys& one) { one.home = "/srv/alice"; }, false},
      {"lives at a place with a name alike", [](AccountKeys& one) { one.home = "/home2/x"; },
       false},
      {"passwd(5) knows it by a link", [](AccountKeys& one) { one.home = "/people/alice"; }, true},
  };
  for (const Row& row : rows) {
    FstabMount one = home();
    one.homes.emplace_back("/people/alice");
    Snapshot snapshot = with(one);
    change(snapshot.accounts, [&row](Accounts& accounts) {
      AccountKeys keys = alice();
      row.how(keys);
      accounts.keys = {keys};
    });
    const auto findings = run("disk.mount-missing", snapshot);
    ASSERT_EQ(findings.size(), 1U) << row.what;
    EXPECT_EQ(findings.front().severity == Severity::critical, row.critical) << row.what;
    EXPECT_EQ(findings.front().settle == 0s, row.critical) << row.what;
    EXPECT_EQ(findings.front().sees, Sees::denied);
  }
}

TEST(DiskMountMissing, a_servers_is_mounted_late_in_a_boot) {
  FstabMount one = home();
  one.network = true;
  Snapshot snapshot = with(one);
  change(snapshot.accounts, [](Accounts& accounts) { accounts.keys = {alice()}; });
  snapshot.taken.boot = BootTime{20s};
  EXPECT_EQ(run("disk.mount-missing", snapshot).at(0).settle, 90s);
  snapshot.taken.boot = BootTime{4min};
  EXPECT_EQ(run("disk.mount-missing", snapshot).at(0).settle, 0s);
}

TEST(DiskMountMissing, is_told_before_the_boot_that_goes_on_without_it) {
  FstabMount one = home();
  one.mounted = true;
  one.wrong = "no disk has UUID=1";
  auto findings = run("disk.mount-missing", with(one));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().severity, Severity::warning);
  EXPECT_EQ(findings.front().when, When::reboot);
  EXPECT_EQ(findings.front().summary, "/home (fstab) will not be mounted: no disk has UUID=1");
  EXPECT_TRUE(run("disk.fstab-invalid", with(one)).empty()) << "the boot goes on";
  one.required = true;
  EXPECT_TRUE(run("disk.mount-missing", with(one)).empty()) << "it is disk.fstab-invalid";
  EXPECT_EQ(run("disk.fstab-invalid", with(one)).size(), 1U);
}

TEST(DiskMountMissing, explains_the_accounts_that_lost_their_homes) {
  Snapshot snapshot = with(home());
  change(snapshot.accounts, [](Accounts& accounts) {
    accounts.keys = {alice()};
    for (const char* name : {"alice", "bob", "carol"}) {
      Account account;
      account.name = name;
      account.home = std::string{"/home/"} + name;
      account.got_in = true;
      account.locked = account.name == "carol"
                           ? "has no home, and so no key: /srv (fstab) is not mounted"
                           : "has no home, and so no key: /home (fstab) is not mounted";
      accounts.accounts.push_back(account);
    }
  });
  const engine::Evaluation evaluation = engine::evaluate(snapshot, catalog());
  std::size_t explained = 0;
  for (const Finding& finding : evaluation.findings) {
    if (finding.id != "account.locked") continue;
    EXPECT_EQ(finding.root.has_value(), finding.subject != "carol") << finding.subject;
    explained += finding.root ? 1 : 0;
  }
  EXPECT_EQ(explained, 2U);
}

} // namespace
} // namespace sshguardd::test
