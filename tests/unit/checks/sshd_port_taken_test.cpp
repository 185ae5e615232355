#include "fixture.hpp"

namespace sshguardd::test {
namespace {

Listener stranger(const char* address, std::uint16_t port) {
  Listener one{address, port, std::string{address}.find(':') != std::string::npos, false};
  one.group = "/system.slice/nginx.service";
  one.pid = 7;
  one.program = "nginx";
  return one;
}

Listener own(const char* address, std::uint16_t port) {
  return {address, port, std::string{address}.find(':') != std::string::npos, true};
}

Probe answer(Probe::How how) {
  return {"127.0.0.1", 22,  how == Probe::How::answered,
          "said",      how, how == Probe::How::answered ? 0 : 2};
}

// sshd's unit is down, and this listens.
Snapshot down(const char* state, std::vector<Listener> there, Probe::How how) {
  Snapshot snapshot = failed_at_start_limit();
  change(snapshot.units, [&](SshUnits& units) { units.service.active_state = state; });
  const bool six = !there.empty() && there.front().ipv6;
  snapshot.listen = {{six ? "::" : "0.0.0.0", 22, six}};
  snapshot.listeners = std::move(there);
  snapshot.probe = answer(how);
  return snapshot;
}

// sshd runs.
Snapshot up(std::vector<ListenAddress> wanted, std::vector<Listener> there, bool newer) {
  Snapshot snapshot = healthy();
  Effective effective;
  effective.fingerprint = "1";
  effective.listen = std::move(wanted);
  snapshot.effective = effective;
  snapshot.listeners = std::move(there);
  snapshot.addresses = std::vector<std::string>{"127.0.0.1", "::1", "10.77.0.2"};
  snapshot.lasting.listened = true;
  if (newer) change(snapshot.config, [](SshdConfig& config) { config.newest_change_us = wall_us; });
  return snapshot;
}

const ListenAddress any4{"0.0.0.0", 22, false};
const ListenAddress any6{"::", 22, true};
const ListenAddress moved4{"0.0.0.0", 2222, false};
const ListenAddress moved6{"::", 2222, true};

} // namespace

TEST(SshdPortTaken, WhileTheUnitIsDown) {
  using How = Probe::How;
  struct Row {
    const char* name;
    const char* state;
    std::vector<Listener> there;
    How how;
    int severity; // -1 = nothing
    When when = When::now;
    Sees sees = Sees::none;
  };
  constexpr int warning = static_cast<int>(Severity::warning);
  constexpr int critical = static_cast<int>(Severity::critical);
  const Row rows[] = {
      {"nobody", "failed", {}, How::refused, -1},
      {"on another port", "failed", {stranger("0.0.0.0", 80)}, How::refused, -1},
      {"for this machine alone", "failed", {stranger("127.0.0.1", 22)}, How::answered, -1},
      {"a server of somebody's own", "failed", {stranger("0.0.0.0", 22)}, How::answered, warning},
      {"the same, sshd stopped", "inactive", {stranger("0.0.0.0", 22)}, How::answered, -1},
      {"closes", "failed", {stranger("::", 22)}, How::closed, critical, When::now, Sees::reset},
      {"a web server",
       "failed",
       {stranger("0.0.0.0", 22)},
       How::foreign,
       critical,
       When::now,
       Sees::reset},
      {"says nothing",
       "inactive",
       {stranger("0.0.0.0", 22)},
       How::silent,
       critical,
       When::now,
       Sees::timeout},
      {"an sshd that systemd forgot",
       "inactive",
       {own("0.0.0.0", 22)},
       How::answered,
       warning,
       When::restart,
       Sees::refused},
      {"the same, after a start in vain",
       "failed",
       {own("::", 22)},
       How::answered,
       warning,
       When::restart,
       Sees::refused},
      {"the same, dead",
       "inactive",
       {own("0.0.0.0", 22)},
       How::closed,
       critical,
       When::now,
       Sees::reset},
  };
  for (const Row& row : rows) {
    const auto findings = run("sshd.port-taken", down(row.state, row.there, row.how));
    ASSERT_EQ(findings.size(), row.severity < 0 ? 0U : 1U) << row.name;
    if (findings.empty()) continue;
    EXPECT_EQ(static_cast<int>(findings[0].severity), row.severity) << row.name;
    EXPECT_EQ(findings[0].when, row.when) << row.name;
    EXPECT_EQ(findings[0].sees, row.sees) << row.name;
    EXPECT_FALSE(findings[0].remedy) << row.name;
  }
}

TEST(SshdPortTaken, AnyConfiguredPort) {
  Snapshot snapshot = down("failed", {stranger("0.0.0.0", 2222)}, Probe::How::closed);
  EXPECT_TRUE(run("sshd.port-taken", snapshot).empty());
  snapshot.listen.push_back({"0.0.0.0", 2222, false});
  const auto findings = run("sshd.port-taken", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].subject, "port 2222");
  EXPECT_EQ(findings[0].summary,
            "port 2222 is held by nginx (pid 7) of nginx.service, which is no SSH server");
}

TEST(SshdPortTaken, ALeftOverIsKnownByTheNameOfItsControlGroup) {
  Listener one = stranger("0.0.0.0", 22);
  one.group = "/custom.slice/ssh.service";
  const auto findings = run("sshd.port-taken", down("inactive", {one}, Probe::How::answered));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].fix.front(), "kill 7; sleep 1; systemctl restart ssh.service");
  one.group = "/system.slice/not-ssh.service";
  EXPECT_TRUE(run("sshd.port-taken", down("inactive", {one}, Probe::How::answered)).empty());
}

TEST(SshdPortTaken, WhileSshdRuns) {
  struct Row {
    const char* name;
    std::vector<ListenAddress> wanted;
    std::vector<Listener> there;
    bool newer;
    bool found;
    When when = When::now;
    Sees sees = Sees::none;
  };
  const Row rows[] = {
      {"all its own", {any4, any6}, {own("0.0.0.0", 22), own("::", 22)}, false, false},
      {"half of it", {any4, any6}, {stranger("0.0.0.0", 22), own("::", 22)}, false, true},
      {"one address of it", {any4, any6}, {stranger("127.0.0.1", 22), own("::", 22)}, false, false},
      {"beside its wildcard",
       {any4},
       {own("0.0.0.0", 22), stranger("127.0.0.1", 22)},
       false,
       false},
      {"not its family", {any4}, {own("0.0.0.0", 22), stranger("::", 22)}, false, false},
      {"not its port", {any4}, {own("0.0.0.0", 22), stranger("0.0.0.0", 80)}, false, false},
      {"another of its family",
       {{"10.77.0.2", 22, false}},
       {own("10.77.0.2", 22), stranger("127.0.0.1", 22)},
       false,
       false},
      {"a port for the next restart",
       {moved4},
       {own("0.0.0.0", 22), stranger("0.0.0.0", 2222)},
       true,
       true,
       When::restart,
       Sees::refused},
      {"half of it then",
       {moved4, moved6},
       {own("0.0.0.0", 22), stranger("0.0.0.0", 2222)},
       true,
       true,
       When::restart,
       Sees::none},
      {"one port more, taken",
       {any4, moved4},
       {own("0.0.0.0", 22), stranger("0.0.0.0", 2222)},
       true,
       true,
       When::restart,
       Sees::none},
      {"a free port", {moved4}, {own("0.0.0.0", 22)}, true, false},
  };
  for (const Row& row : rows) {
    const auto findings = run("sshd.port-taken", up(row.wanted, row.there, row.newer));
    ASSERT_EQ(findings.size(), row.found ? 1U : 0U) << row.name;
    if (findings.empty()) continue;
    EXPECT_EQ(findings[0].severity, Severity::warning) << row.name;
    EXPECT_EQ(findings[0].when, row.when) << row.name;
    EXPECT_EQ(findings[0].sees, row.sees) << row.name;
  }
}

TEST(SshdPortTaken, NotWithoutALook) {
  Snapshot snapshot = down("failed", {stranger("0.0.0.0", 22)}, Probe::How::closed);
  snapshot.probe = Unknown{"being asked"};
  EXPECT_TRUE(run("sshd.port-taken", snapshot).empty());
  snapshot.listeners = Unknown{"sock_diag: Operation not permitted"};
  EXPECT_TRUE(run("sshd.port-taken", snapshot).empty());
}

TEST(SshdPortTaken, ALeftOverIsNoStopAndNoFailureOfNow) {
  const Snapshot stopped = down("inactive", {own("0.0.0.0", 22)}, Probe::How::answered);
  EXPECT_TRUE(run("sshd.stopped", stopped).empty());
  const auto failed =
      run("sshd.failed", down("failed", {own("0.0.0.0", 22)}, Probe::How::answered));
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].severity, Severity::warning);
  EXPECT_FALSE(failed[0].remedy);
  // What is there but no SSH server serves nobody.
  const auto mute = run("sshd.failed", down("failed", {stranger("::", 22)}, Probe::How::closed));
  ASSERT_EQ(mute.size(), 1U);
  EXPECT_EQ(mute[0].severity, Severity::critical);
}

// Who demotes a lockout to a warning serves everywhere where sshd is to be reached.
TEST(SshdPortTaken, ServedIsEachAddress) {
  const ListenAddress four{"10.0.0.4", 22, false};
  const ListenAddress five{"10.0.0.5", 22, false};
  struct Row {
    const char* name;
    std::vector<ListenAddress> wanted;
    std::vector<Listener> there;
    bool served;
    bool vain; // a start would fail
  };
  const Row rows[] = {
      {"a neighbour on another address", {four}, {stranger("10.0.0.5", 22)}, false, false},
      {"its own address", {four}, {stranger("10.0.0.4", 22)}, true, true},
      {"one of two", {four, five}, {stranger("10.0.0.4", 22)}, false, false},
      {"both", {four, five}, {stranger("10.0.0.4", 22), stranger("10.0.0.5", 22)}, true, true},
      {"all of IPv4", {four, five}, {stranger("0.0.0.0", 22)}, true, true},
      {"in the way of all", {any4}, {stranger("10.0.0.5", 22)}, false, true},
      {"the second port", {any4, moved4}, {stranger("0.0.0.0", 2222)}, false, false},
      {"one family", {any4, any6}, {stranger("0.0.0.0", 22)}, false, false},
      {"the other family", {any4}, {stranger("::", 22)}, false, false},
      {"both families", {any4, any6}, {stranger("0.0.0.0", 22), stranger("::", 22)}, true, true},
      {"what is not here now",
       {four, {"192.0.2.7", 22, false}},
       {stranger("10.0.0.4", 22)},
       true,
       true},
      {"beside loopback", {four, {"127.0.0.1", 22, false}}, {stranger("10.0.0.4", 22)}, true, true},
      {"loopback alone", {{"127.0.0.1", 22, false}}, {stranger("127.0.0.1", 22)}, false, false},
      {"a left-over on a port that was", {moved4}, {own("0.0.0.0", 22)}, true, false},
      {"a forwarding of a session's", {any4}, {own("127.0.0.1", 6010)}, false, false},
      {"nobody told", {}, {stranger("0.0.0.0", 22), stranger("::", 22)}, false, false},
  };
  for (const Row& row : rows) {
    for (const char* state : {"failed", "inactive"}) {
      Snapshot snapshot = down(state, row.there, Probe::How::answered);
      snapshot.listen = row.wanted;
      snapshot.addresses = std::vector<std::string>{"127.0.0.1", "::1", "10.0.0.4", "10.0.0.5"};
      snapshot.unbindable = {"192.0.2.7"};
      EXPECT_EQ(snapshot.served_by_another(), row.served) << row.name;
      if (std::string{state} == "inactive") {
        EXPECT_EQ(run("sshd.stopped", snapshot).empty(), row.served) << row.name;
        continue;
      }
      const auto failed = run("sshd.failed", snapshot);
      ASSERT_EQ(failed.size(), 1U) << row.name;
      EXPECT_EQ(failed[0].severity, row.served ? Severity::warning : Severity::critical)
          << row.name;
      EXPECT_EQ(failed[0].remedy.has_value(), !row.served && !row.vain) << row.name;
    }
  }
}

TEST(SshdPortTaken, WhereItListenedBeforeIsWhereItIsToListen) {
  Snapshot snapshot = down("failed", {stranger("0.0.0.0", 22)}, Probe::How::answered);
  snapshot.listen.clear();
  EXPECT_FALSE(snapshot.served_by_another());
  EXPECT_TRUE(run("sshd.failed", snapshot).at(0).remedy);
  snapshot.listened_before = std::vector<ListenAddress>{any4};
  EXPECT_TRUE(snapshot.served_by_another());
}

TEST(SshdPortTaken, OneProbeInVainSaysNothing) {
  Snapshot snapshot = down("failed", {stranger("0.0.0.0", 22)}, Probe::How::closed);
  change(snapshot.probe, [](Probe& probe) { probe.failures = 1; });
  EXPECT_TRUE(run("sshd.port-taken", snapshot).empty());
  EXPECT_GE(run("sshd.failed", snapshot).at(0).settle, 10s);
  change(snapshot.probe, [](Probe& probe) { probe.failures = 2; });
  EXPECT_EQ(run("sshd.port-taken", snapshot).at(0).severity, Severity::critical);
  EXPECT_EQ(run("sshd.failed", snapshot).at(0).severity, Severity::critical);
}

TEST(SshdPortTaken, OfASocketUnit) {
  Snapshot snapshot = down("inactive", {stranger("0.0.0.0", 22)}, Probe::How::foreign);
  change(snapshot.units, [](SshUnits& units) {
    units.service.unit_file_state = "disabled";
    units.service.exec_main_code = 0;
    units.service.result = "success";
    units.socket.unit_file_state = "enabled";
    units.socket.active_state = "failed";
    units.socket.result = "resources";
    units.owner = PortOwner::socket;
  });
  snapshot.listen = {any4, any6}; // a socket unit needs all of them
  const auto taken = run("sshd.port-taken", snapshot);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].severity, Severity::critical);
  EXPECT_EQ(taken[0].summary,
            "port 22 is held by nginx (pid 7) of nginx.service, which is no SSH server");
  const auto failed = run("sshd.failed", snapshot);
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].subject, "ssh.socket");
  EXPECT_FALSE(failed[0].remedy);
  EXPECT_EQ(failed[0].fix.front(), "free its port and address, then systemctl start ssh.socket");
  // The agent reset it, and it is merely inactive now.
  change(snapshot.units, [](SshUnits& units) { units.socket.active_state = "inactive"; });
  const auto stopped = run("sshd.stopped", snapshot);
  ASSERT_EQ(stopped.size(), 1U);
  EXPECT_EQ(stopped[0].subject, "ssh.socket");
  EXPECT_FALSE(stopped[0].remedy);
  snapshot.failure_reset = true;
  ASSERT_EQ(run("sshd.failed", snapshot).size(), 1U);
  EXPECT_FALSE(run("sshd.failed", snapshot)[0].remedy);
  snapshot.listeners = std::vector<Listener>{};
  EXPECT_TRUE(run("sshd.failed", snapshot)[0].remedy);
}

} // namespace sshguardd::test
