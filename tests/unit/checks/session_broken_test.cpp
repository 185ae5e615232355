#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "session.broken";

Finding told(const char* words) {
  Snapshot snapshot = healthy();
  AuthLog log;
  log.broken_sessions = {{"alice", words, 2}};
  snapshot.auth = log;
  const auto findings = run(id, snapshot);
  EXPECT_EQ(findings.size(), 1U);
  return findings.empty() ? Finding{} : findings[0];
}

TEST(SessionBroken, SaysWhatSshdSaid) {
  const Finding finding = told("bad ownership or modes for chroot directory \"/srv\"");
  EXPECT_EQ(finding.severity, Severity::critical);
  EXPECT_EQ(finding.sees, Sees::closed);
  EXPECT_EQ(finding.subject, "alice");
  EXPECT_EQ(finding.summary,
            "alice's logins end at once: bad ownership or modes for chroot directory \"/srv\"");
  EXPECT_FALSE(finding.remedy) << "a log line heals nothing";
}

TEST(SessionBroken, WhereToLookFirst) {
  const auto fix = [](const char* words) { return told(words).fix[0]; };
  EXPECT_EQ(fix("PAM unable to dlopen(pam_x.so): /lib/pam_x.so: cannot open"),
            "grep -rn pam_x.so /etc/pam.d");
  EXPECT_EQ(fix("PAM unable to dlopen(x; reboot): no"), "grep -n session /etc/pam.d/sshd");
  EXPECT_EQ(fix("PAM: pam_open_session(): Cannot make/remove an entry for the specified session"),
            "grep -n session /etc/pam.d/sshd");
  EXPECT_EQ(fix("chroot(\"/srv\"): No such file or directory"),
            "sshd -T | grep -i chrootdirectory");
  EXPECT_EQ(fix("initgroups: alice: Invalid argument"),
            "journalctl -t sshd -t sshd-session --since=-10min");
}

TEST(SessionBroken, PamMayHaveToWriteOnAFullDisk) {
  struct Row {
    const char* words;
    bool full, last_block, read_only, told;
  } const rows[] = {
      {"PAM: pam_open_session(): Error in service module", true, true, false, true},
      {"PAM: pam_open_session(): Error in service module", false, false, true, true},
      {"PAM: pam_open_session(): Error in service module", true, false, false, false},
      {"PAM: pam_open_session(): Error in service module", false, false, false, false},
      {"chroot(\"/srv\"): No such file or directory", true, true, false, false},
  };
  for (const Row& row : rows) {
    Snapshot snapshot = healthy();
    AuthLog log;
    log.broken_sessions = {{"alice", row.words, 2}};
    snapshot.auth = log;
    change(snapshot.disks, [&row](Disks& disks) {
      FileSystem& root = disks.file_systems[0];
      root.full = row.full;
      root.read_only = row.read_only;
      Space space = *root.space;
      if (row.last_block) space.free = space.available = 0;
      root.space = space;
    });
    const auto findings = run(id, snapshot);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].fix[0] == "make / writable again: PAM may have to write there", row.told)
        << row.words;
    EXPECT_EQ(findings[0].sees, Sees::closed);
  }
}

TEST(SessionBroken, WhatCanBeSeenWithoutALogin) {
  Snapshot snapshot = healthy();
  Accounts accounts;
  accounts.obstacles = {{.account = "bob",
                         .place = "ChrootDirectory",
                         .why = "/srv is no directory",
                         .mend = "ls -ld /srv"}};
  snapshot.accounts = accounts;
  auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning) << "nobody misses it";
  EXPECT_EQ(findings[0].summary, "bob's logins end at once: ChrootDirectory: /srv is no directory");
  accounts.obstacles.push_back({.account = "alice",
                                .got_in = true,
                                .place = "ForceCommand",
                                .why = "/x is not there",
                                .mend = "sshd -T"});
  snapshot.accounts = accounts;
  findings = run(id, snapshot);
  EXPECT_EQ(findings.at(0).subject, "alice");
  EXPECT_EQ(findings.at(0).severity, Severity::critical);
  accounts.obstacles.push_back(
      {.place = "/etc/pam.d/sshd:3", .why = "PAM has no pam_x.so", .mend = "mend"});
  snapshot.accounts = accounts;
  AuthLog log;
  log.broken_sessions = {{"carol", "PAM: no", 2}};
  snapshot.auth = log;
  findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary, "every login ends at once: PAM has no pam_x.so");
  EXPECT_EQ(findings[0].fix, std::vector<std::string>{"mend"});
  EXPECT_EQ(findings[0].evidence.size(), 4U);
  EXPECT_FALSE(findings[0].remedy);
}

TEST(SessionBroken, NobodyAndNobodyCouldLook) {
  Snapshot snapshot = healthy();
  snapshot.auth = AuthLog{};
  EXPECT_TRUE(run(id, snapshot).empty());
  EXPECT_TRUE(run(id, healthy()).empty());
}

TEST(SessionBroken, NothingIsLeftForASession) {
  Snapshot snapshot = healthy();
  Limits limits;
  limits.reached = {{ReachedLimit::Of::user, "TasksMax of user-1000.slice", 1000, 100}};
  snapshot.limits = limits;
  auto findings = run(id, snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning) << "nobody is known to come by it";
  EXPECT_EQ(findings[0].sees, Sees::closed);
  EXPECT_GT(findings[0].settle, 0s) << "a build passes through it";
  Accounts accounts;
  accounts.keys = {{.name = "alice", .uid = 1000, .got_in = true}};
  snapshot.accounts = accounts;
  findings = run(id, snapshot);
  EXPECT_EQ(findings.at(0).severity, Severity::critical);
  EXPECT_EQ(findings.at(0).summary,
            "alice's new logins end at once: TasksMax of user-1000.slice (100) is used up");
  EXPECT_EQ(findings.at(0).fix.at(0),
            "end what nobody needs (systemd-cgls), or systemctl set-property --runtime "
            "user-1000.slice TasksMax=200");
  limits.reached = {{ReachedLimit::Of::sshd, "TasksMax of ssh.service", 0, 10}};
  snapshot.limits = limits;
  findings = run(id, snapshot);
  EXPECT_EQ(findings.at(0).severity, Severity::critical);
  EXPECT_EQ(findings.at(0).sees, Sees::reset);
  limits.reached = {{ReachedLimit::Of::machine, "kernel.pid_max", 0, 32'768}};
  snapshot.limits = limits;
  EXPECT_EQ(run(id, snapshot).at(0).fix.at(0),
            "end what nobody needs (ps -eLf, lsof), or sysctl kernel.pid_max=65536");
  snapshot.limits = {};
  EXPECT_TRUE(run(id, snapshot).empty());
}

} // namespace
} // namespace sshguardd::test
