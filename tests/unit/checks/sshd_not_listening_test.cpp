#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Snapshot listening(std::vector<ListenAddress> wanted, std::vector<Listener> there) {
  Snapshot snapshot = healthy();
  Effective effective;
  effective.fingerprint = "1";
  effective.listen = std::move(wanted);
  snapshot.effective = effective;
  snapshot.listeners = std::move(there);
  snapshot.addresses = std::vector<std::string>{"127.0.0.1", "::1", "10.77.0.2"};
  snapshot.lasting.listened = true;
  snapshot.unbindable = {"192.0.2.7"};
  return snapshot;
}

const ListenAddress any4{"0.0.0.0", 22, false};
const ListenAddress any6{"::", 22, true};
const Listener on4{"0.0.0.0", 22, false, true};
const Listener on6{"::", 22, true, true};

} // namespace

TEST(SshdNotListening, ComparesWhatIsWantedWithWhatIsThere) {
  struct Row {
    const char* name;
    std::vector<ListenAddress> wanted;
    std::vector<Listener> there;
    const char* missing; // "" = nothing
  };
  const Row rows[] = {
      {"all", {any4, any6}, {on4, on6}, ""},
      {"a dual-stack socket of another", {any4, any6}, {{"::", 22, true, false}}, ""},
      {"half dead, IPv6 only", {any4, any6}, {on6}, "0.0.0.0:22"},
      {"half dead", {any4, any6}, {on4}, "[::]:22"},
      {"nothing", {any4}, {}, "0.0.0.0:22"},
      {"another port", {any4}, {{"0.0.0.0", 2222, false, true}}, "0.0.0.0:22"},
      {"somebody else is there", {any4}, {{"0.0.0.0", 22, false, false}}, ""},
      {"a floating address", {{"192.0.2.7", 22, false}}, {}, ""},
      {"an address of ours", {{"10.77.0.2", 22, false}}, {}, "10.77.0.2:22"},
      {"a link-local address of ours, which the kernel lists without its zone",
       {{"fe80::1%eth0", 22, true}},
       {{"fe80::1", 22, true, true}},
       ""},
      {"within a wildcard", {{"10.77.0.2", 22, false}}, {on4}, ""},
  };
  for (const Row& row : rows) {
    const auto findings = run("sshd.not-listening", listening(row.wanted, row.there));
    const std::string missing = row.missing;
    ASSERT_EQ(findings.size(), missing.empty() ? 0U : 1U) << row.name;
    if (!findings.empty()) {
      EXPECT_EQ(findings[0].summary, "sshd runs, but nothing listens on " + missing) << row.name;
    }
  }
}

TEST(SshdNotListening, NotWithoutIPv6) {
  Snapshot snapshot = listening({any4, any6}, {on4});
  snapshot.addresses = std::vector<std::string>{"127.0.0.1"};
  EXPECT_TRUE(run("sshd.not-listening", snapshot).empty());
}

TEST(SshdNotListening, NotWhereTheFilesAreNewerThanTheDaemon) {
  Snapshot snapshot = listening({{"0.0.0.0", 2222, false}}, {on4});
  change(snapshot.config, [](SshdConfig& config) { config.newest_change_us = wall_us; });
  EXPECT_TRUE(run("sshd.not-listening", snapshot).empty());
}

TEST(SshdNotListening, NotBehindASocketUnit) {
  Snapshot snapshot = listening({any4}, {});
  change(snapshot.units, [](SshUnits& units) { units.owner = PortOwner::socket; });
  EXPECT_TRUE(run("sshd.not-listening", snapshot).empty());
}

TEST(SshdNotListening, IsRestartedOnlyWhereThatBindsWhatIsMissingAndNothingElse) {
  const ListenAddress own{"10.77.0.2", 22, false};
  const ListenAddress gone{"192.0.2.7", 22, false};
  const Listener on_own{"10.77.0.2", 22, false, true};
  struct Row {
    const char* name;
    std::vector<ListenAddress> wanted;
    std::vector<Listener> there;
    bool listened;
    bool remedy;
  };
  const Row rows[] = {
      {"half dead", {any4, any6}, {on6}, true, true},
      {"an address that came later",
       {own, {"127.0.0.1", 22, false}},
       {{"127.0.0.1", 22, false, true}},
       true,
       true},
      {"its only listener is gone", {any4}, {}, true, true},
      {"never seen: another network name space", {any4}, {}, false, false},
      {"others elsewhere", {any4, any6}, {on6, {"0.0.0.0", 25, false, false}}, true, true},
      {"another program on that port of one address",
       {any4, any6},
       {on6, {"127.0.0.1", 22, false, false}},
       true,
       false},
      {"a unit that says another port by now", {{"0.0.0.0", 2222, false}}, {on4}, true, false},
      {"another address than the files name", {any4}, {on_own}, true, false},
      {"a forwarding of a session",
       {any4, any6},
       {on6, {"127.0.0.1", 6010, false, true}},
       true,
       false},
      {"a bound address that is elsewhere now",
       {own, gone},
       {{"192.0.2.7", 22, false, true}},
       true,
       false},
  };
  for (const Row& row : rows) {
    Snapshot snapshot = listening(row.wanted, row.there);
    snapshot.lasting.listened = row.listened;
    const auto findings = run("sshd.not-listening", snapshot);
    ASSERT_EQ(findings.size(), 1U) << row.name;
    ASSERT_EQ(findings[0].remedy.has_value(), row.remedy) << row.name;
    if (!row.remedy) continue;
    const auto& restart = std::get<RestartSshd>(*findings[0].remedy);
    EXPECT_TRUE(restart.running && restart.once && !restart.stopped && restart.socket.empty());
  }
}

} // namespace sshguardd::test
