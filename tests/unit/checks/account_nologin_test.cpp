#include "fixture.hpp"

namespace sshguardd::test {
namespace {

constexpr const char* id = "account.nologin";

Snapshot kept_out(const std::function<void(Accounts&)>& how = [](Accounts&) {}) {
  Snapshot snapshot = healthy();
  change(snapshot.accounts, [&](Accounts& accounts) {
    accounts.ways_known = true;
    accounts.ways = 2;
    accounts.root_way = true;
    accounts.nologin = "/run/nologin";
    accounts.nologin_says = "System is going down.";
    how(accounts);
  });
  return snapshot;
}

TEST(AccountNologin, KeepsPeopleOut) {
  const auto findings = run(id, kept_out());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].sees, Sees::closed);
  EXPECT_EQ(findings[0].subject, "/run/nologin");
  EXPECT_EQ(findings[0].fix, std::vector<std::string>{"rm /run/nologin"});
  EXPECT_EQ(findings[0].evidence.at(0).value, "System is going down.");
  EXPECT_GT(findings[0].settle, 0s);
  EXPECT_TRUE(run(id, healthy()).empty());
}

TEST(AccountNologin, IsPartOfABootAndAShutdown) {
  for (const char* state : {"starting", "initializing", "stopping"}) {
    Snapshot snapshot = kept_out();
    change(snapshot.units, [state](SshUnits& units) { units.system_state = state; });
    snapshot.taken.boot = BootTime{1min};
    EXPECT_TRUE(run(id, snapshot).empty()) << state;
    snapshot.taken.boot = BootTime{11min};
    EXPECT_EQ(run(id, snapshot).size(), state == std::string{"stopping"} ? 0U : 1U) << state;
  }
}

TEST(AccountNologin, IsMeantBeforeAShutdownThatIsScheduled) {
  const auto findings = run(id, kept_out([](Accounts& all) { all.shutdown_scheduled = true; }));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_NE(findings[0].summary.find("shutdown is scheduled"), std::string::npos);
  // The file in /etc is not shutdown's.
  EXPECT_EQ(run(id, kept_out([](Accounts& all) {
                  all.shutdown_scheduled = true;
                  all.nologin = "/etc/nologin";
                }))[0]
                .severity,
            Severity::critical);
}

TEST(AccountNologin, IsWorthKnowingWhereRootAloneComes) {
  EXPECT_EQ(run(id, kept_out([](Accounts& all) { all.ways = 1; }))[0].severity, Severity::info);
  EXPECT_EQ(run(id, kept_out([](Accounts& all) {
                  all.ways = 1;
                  all.root_way = false;
                }))[0]
                .severity,
            Severity::critical);
  // Who may come is not known: from a name service, say.
  EXPECT_EQ(run(id, kept_out([](Accounts& all) { all.ways_known = false; }))[0].severity,
            Severity::critical);
}

} // namespace
} // namespace sshguardd::test
