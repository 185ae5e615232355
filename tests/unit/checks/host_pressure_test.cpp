#include "engine/policy.hpp"
#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Snapshot under(Pressure pressure) {
  Snapshot snapshot = healthy();
  snapshot.pressure = pressure;
  return snapshot;
}

const Pressure thrashing{.cpu_some = 20, .memory_full = 80, .io_full = 60, .load = 1};

void silence(Snapshot& snapshot) {
  Probe probe{"127.0.0.1", 22, false, "no banner in time"};
  probe.how = Probe::How::silent;
  probe.failures = 2;
  snapshot.probe = probe;
}

} // namespace

TEST(HostPressure, ABusyMachineIsNotStarved) {
  EXPECT_TRUE(run("host.pressure", healthy()).empty());
  EXPECT_TRUE(run("host.pressure", under({.cpu_some = 100, .load = 8})).empty());
  EXPECT_TRUE(run("host.pressure", under({.memory_full = 49, .io_full = 89})).empty());
  EXPECT_EQ(run("host.pressure", under({.cpu_some = 95, .load = 16})).size(), 1U);
}

TEST(HostPressure, IsOnlyToldWhereSshdDoesNotAnswer) {
  Snapshot snapshot = under(thrashing);
  EXPECT_EQ(run("host.pressure", snapshot).at(0).severity, Severity::info);
  silence(snapshot);
  EXPECT_EQ(run("host.pressure", snapshot).at(0).severity, Severity::critical);
}

TEST(HostPressure, ExplainsASilentDaemonAndForbidsItsRestart) {
  Snapshot snapshot = under(thrashing);
  silence(snapshot);
  const auto evaluation = engine::evaluate(snapshot, catalog());
  const Finding* silent = evaluation.find("sshd.unresponsive");
  ASSERT_NE(silent, nullptr);
  EXPECT_EQ(silent->root, "host.pressure");
  EXPECT_EQ(evaluation.client.because, "host.pressure");
  ASSERT_TRUE(silent->remedy);
  const auto decision = engine::decide(*silent->remedy, snapshot, {}, {}, snapshot.taken.boot);
  EXPECT_EQ(decision.hold, engine::Hold::guard);
  snapshot.pressure = Pressure{};
  EXPECT_EQ(engine::decide(*silent->remedy, snapshot, {}, {}, snapshot.taken.boot).hold,
            engine::Hold::none);
}

} // namespace sshguardd::test
