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

} // namespace sshguardd::test
