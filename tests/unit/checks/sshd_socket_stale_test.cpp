#include "fixture.hpp"

#include "parse/listen.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::test {
namespace {

constexpr const char* by_default = "0.0.0.0:22, [::]:22";

// The socket unit names `streams`, the kernel has `kernel` (each a socket of its own), and sshd's
// configuration `configured`.
Snapshot behind(const std::string& configured, const std::vector<std::string>& streams,
                const std::string& kernel, bool newer) {
  Snapshot snapshot = with_units([&](SshUnits& units) {
    units.owner = PortOwner::socket;
    units.service.active_state = "inactive";
    units.service.main_pid = 0;
    units.socket.active_state = "active";
    units.socket.active_enter_us = wall_us - 3'600'000'000;
    units.socket.listen.clear();
    for (const std::string& stream : streams)
      units.socket.listen.emplace_back("Stream", stream);
  });
  Effective effective;
  effective.listen = parse::listen_addresses(configured);
  snapshot.effective = effective;
  std::vector<Listener> listeners;
  std::uint64_t inode = 100;
  for (const ListenAddress& there : parse::listen_addresses(kernel)) {
    listeners.push_back({there.address, there.port, there.ipv6});
    listeners.back().inode = ++inode;
  }
  snapshot.listeners = listeners;
  snapshot.addresses = std::vector<std::string>{"127.0.0.1", "10.0.0.5", "::1", "fd00::5"};
  if (newer) change(snapshot.config, [](SshdConfig& config) { config.newest_change_us = wall_us; });
  return snapshot;
}

// ListenStream=PORT as Debian has it: one socket that takes IPv4, too.
Snapshot dual(const std::string& configured, const std::vector<std::uint16_t>& ports, bool newer) {
  std::vector<std::string> streams;
  std::string kernel;
  for (const std::uint16_t port : ports) {
    streams.push_back("[::]:" + std::to_string(port));
    kernel += "[::]:" + std::to_string(port) + " 0.0.0.0:" + std::to_string(port) + " ";
  }
  Snapshot snapshot = behind(configured, streams, kernel, newer);
  change(snapshot.listeners, [](std::vector<Listener>& listeners) {
    for (Listener& one : listeners) {
      one.ours = true;
      one.inode = one.port;
    }
  });
  return snapshot;
}

constexpr int none = -1;
constexpr int info = static_cast<int>(Severity::info);
constexpr int warning = static_cast<int>(Severity::warning);

void expect(const char* name, const Snapshot& snapshot, int severity) {
  const auto findings = run("sshd.socket-stale", snapshot);
  ASSERT_EQ(findings.size(), severity == none ? 0U : 1U) << name;
  if (findings.empty()) return;
  EXPECT_EQ(static_cast<int>(findings[0].severity), severity) << name << findings[0].summary;
  EXPECT_EQ(findings[0].subject, "ssh.socket") << name;
  EXPECT_EQ(findings[0].sees, Sees::none) << name;
}

} // namespace

TEST(SshdSocketStale, ComparesPorts) {
  struct Row {
    const char* name;
    const char* configured;
    std::vector<std::uint16_t> listening;
    bool newer;
    int severity;
  };
  const Row rows[] = {
      {"both by default", by_default, {22}, false, none},
      {"moved at the socket alone", by_default, {2222}, true, none},
      {"moved at both", "0.0.0.0:2222, [::]:2222", {2222}, true, none},
      {"two, in another order",
       "[::]:2222 0.0.0.0:22 0.0.0.0:2222 [::]:22",
       {2222, 22},
       true,
       none},
      {"moved in sshd_config just now", "0.0.0.0:2222, [::]:2222", {22}, true, warning},
      {"so since the socket's start", "0.0.0.0:2222, [::]:2222", {22}, false, info},
      {"one more in sshd_config", "0.0.0.0:22 [::]:22 0.0.0.0:2222 [::]:2222", {22}, true, warning},
      {"one more at the socket", "0.0.0.0:2222, [::]:2222", {22, 2222}, true, info},
  };
  for (const Row& row : rows)
    expect(row.name, dual(row.configured, row.listening, row.newer), row.severity);
  EXPECT_EQ(run("sshd.socket-stale", dual("0.0.0.0:2222 [::]:2222", {22}, true))[0].summary,
            "ssh.socket listens on 22, which counts; sshd's configuration names port 2222");
}

TEST(SshdSocketStale, ComparesAddressesEachFamilyByItself) {
  struct Row {
    const char* name;
    const char* configured;
    std::vector<std::string> streams;
    const char* kernel;
    bool newer;
    int severity;
  };
  const Row rows[] = {
      {"narrower in sshd_config", "10.0.0.5:22", {"0.0.0.0:22"}, "0.0.0.0:22", true, info},
      {"narrower at the socket", "0.0.0.0:22", {"10.0.0.5:22"}, "10.0.0.5:22", true, warning},
      {"so since its start", "0.0.0.0:22", {"10.0.0.5:22"}, "10.0.0.5:22", false, info},
      {"default against one at the socket", by_default, {"10.0.0.5:22"}, "10.0.0.5:22", true, none},
      {"another address", "10.0.0.5:22", {"10.0.0.6:22"}, "10.0.0.6:22", true, warning},
      {"the same address", "10.0.0.5:22", {"10.0.0.5:22"}, "10.0.0.5:22", true, none},
      {"the same IPv6 address", "[fd00::5]:22", {"[fd00::5]:22"}, "[fd00::5]:22", true, none},
      {"IPv6 wanted, IPv4 there", "[::]:22", {"0.0.0.0:22"}, "0.0.0.0:22", true, warning},
      {"IPv4 wanted, IPv6 alone there", "0.0.0.0:22", {"[::]:22"}, "[::]:22", true, warning},
      {"AddressFamily inet", "0.0.0.0:22", {"0.0.0.0:22"}, "0.0.0.0:22", true, none},
      {"AddressFamily inet6", "[::]:22", {"[::]:22"}, "[::]:22", true, none},
      {"both, each for itself",
       "[::]:22 0.0.0.0:22",
       {"0.0.0.0:22", "[::]:22"},
       "0.0.0.0:22 [::]:22",
       true,
       none},
      // BindIPv6Only=ipv6-only; the other socket for all IPv4 addresses is somebody else's.
      {"another one's socket covers nothing",
       "0.0.0.0:2222 [::]:2222",
       {"[::]:2222"},
       "[::]:2222 0.0.0.0:2222",
       true,
       warning},
      {"a zone is told by one of them",
       "[fe80::1%eth0]:22",
       {"[fe80::1]:22%eth0"},
       "[fe80::1]:22",
       true,
       none},
      {"another zone", "[fe80::1%eth0]:22", {"[fe80::1]:22%eth1"}, "[fe80::1]:22", true, warning},
      {"an IPv4 address as an IPv6 one",
       "10.0.0.5:22",
       {"[::ffff:10.0.0.5]:22"},
       "[::ffff:10.0.0.5]:22",
       true,
       none},
      {"loopback alone from now on", "127.0.0.1:22", {"0.0.0.0:22"}, "0.0.0.0:22", true, warning},
      {"loopback alone all along", "127.0.0.1:22", {"0.0.0.0:22"}, "0.0.0.0:22", false, info},
      {"loopback besides", "127.0.0.1:22 10.0.0.5:22", {"10.0.0.5:22"}, "10.0.0.5:22", true, info},
      {"loopback on both", "127.0.0.1:22", {"127.0.0.1:22"}, "127.0.0.1:22", true, none},
      {"what is no address of the network",
       by_default,
       {"/run/ssh", "vsock:2:22", "", "]:[", "22"},
       "",
       true,
       none},
      {"... besides one",
       "10.0.0.5:22",
       {"vsock::22", "10.0.0.5:22", "10.0.0.5:0", "[]:22"},
       "10.0.0.5:22",
       true,
       none},
      {"many times the same",
       "10.0.0.5:22 10.0.0.5:22",
       {"10.0.0.5:22"},
       "10.0.0.5:22",
       true,
       none},
  };
  for (const Row& row : rows)
    expect(row.name, behind(row.configured, row.streams, row.kernel, row.newer), row.severity);
  EXPECT_EQ(run("sshd.socket-stale", dual("10.0.0.5:22", {22}, true))[0].summary,
            "ssh.socket listens on [::]:22, 0.0.0.0:22, which counts; sshd's configuration names "
            "10.0.0.5:22");
}

TEST(SshdSocketStale, AFamilyThatIsOffIsNobodysLoss) {
  Snapshot snapshot = behind("0.0.0.0:22", {"[::]:22"}, "[::]:22 0.0.0.0:22", true);
  change(snapshot.listeners, [](auto& listeners) { listeners[1].inode = listeners[0].inode; });
  expect("IPv6 there", snapshot, info);
  snapshot.addresses = std::vector<std::string>{"127.0.0.1", "10.0.0.5"};
  expect("IPv6 off", snapshot, none);
  snapshot = behind("0.0.0.0:2222 [::]:2222", {"0.0.0.0:2222"}, "0.0.0.0:2222", true);
  expect("IPv6 there", snapshot, warning);
  snapshot.addresses = std::vector<std::string>{"127.0.0.1", "10.0.0.5"};
  expect("IPv6 off", snapshot, none);
  snapshot.addresses = Unknown{"not known"};
  expect("not known", snapshot, warning);
}

TEST(SshdSocketStale, WhatAGeneratorMadeIsStaleAgainstTheDefault) {
  Snapshot snapshot = behind(by_default, {"10.0.0.5:22"}, "10.0.0.5:22", true);
  change(snapshot.units, [](SshUnits& units) {
    units.socket.drop_in_paths = {"/run/systemd/generator/ssh.socket.d/addresses.conf"};
  });
  expect("newly by default", snapshot, warning);
  change(snapshot.units, [](SshUnits& units) {
    units.socket.drop_in_paths = {"/etc/systemd/system/ssh.socket.d/run/systemd/generator.conf"};
  });
  expect("by a person", snapshot, none);
}

TEST(SshdSocketStale, AnSshdThatListensByItselfIsHeard) {
  Snapshot snapshot = behind("10.0.0.5:2222", {"0.0.0.0:22"}, "0.0.0.0:22 10.0.0.5:2222", true);
  expect("somebody else there", snapshot, warning);
  change(snapshot.listeners, [](auto& listeners) { listeners[1].ours = true; });
  expect("sshd there", snapshot, info);
}

TEST(SshdSocketStale, AUnitThatWasChangedAndNotRestarted) {
  // Measured: after a daemon-reload systemd has closed the socket that the unit no longer names.
  Snapshot snapshot = behind(by_default, {"[::]:2222"}, "", false);
  auto findings = run("sshd.socket-stale", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].sees, Sees::refused);
  EXPECT_EQ(findings[0].port, 2222);
  EXPECT_FALSE(findings[0].remedy);
  EXPECT_EQ(findings[0].summary,
            "nothing listens on [::]:2222: ssh.socket was changed, not restarted");
  EXPECT_EQ(findings[0].fix[0], "stop ssh.service, then restart ssh.socket");
  EXPECT_EQ(findings[0].fix[1], "systemctl stop ssh.service; systemctl restart ssh.socket");
  // Said also where sshd has not told its configuration.
  snapshot.effective = Unknown{"being asked"};
  EXPECT_EQ(run("sshd.socket-stale", snapshot).size(), 1U);
  // Nobody could look.
  snapshot.listeners = Unknown{"sock_diag"};
  EXPECT_TRUE(run("sshd.socket-stale", snapshot).empty());

  // An sshd that was started before has them still.
  snapshot = behind(by_default, {"[::]:2222"}, "[::]:22", false);
  change(snapshot.units, [](SshUnits& units) { units.service.active_state = "active"; });
  findings = run("sshd.socket-stale", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].sees, Sees::none);
  // One for each connection has none, and needs no stop.
  change(snapshot.units, [](SshUnits& units) { units.socket.accept = true; });
  findings = run("sshd.socket-stale", snapshot);
  EXPECT_EQ(findings[0].severity, Severity::critical);
  EXPECT_EQ(findings[0].fix[1], "systemctl restart ssh.socket");

  // What it named before and still names is open.
  snapshot = behind(by_default, {"[::]:22", "10.0.0.5:2222"}, "[::]:22 0.0.0.0:22", false);
  findings = run("sshd.socket-stale", snapshot);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_NE(findings[0].summary.find("nothing listens on 10.0.0.5:2222"), std::string::npos);
}

TEST(SshdSocketStale, AnothersSocketIsNotTheUnits) {
  Snapshot snapshot = behind(by_default, {"[::]:2222"}, "[::]:2222", false);
  const auto held_by = [&snapshot](const std::string& group) {
    change(snapshot.listeners, [&group](auto& listeners) {
      listeners[0].group = group;
      listeners[0].ours = true; // known by its port
      listeners[0].program = "closer";
      listeners[0].pid = 7;
    });
    return run("sshd.socket-stale", snapshot);
  };
  for (const char* own :
       {"", "/", "/init.scope", "/system.slice/ssh.socket", "/system.slice/ssh.service"})
    EXPECT_TRUE(held_by(own).empty()) << own;
  for (const char* other : {"/system.slice/squat.service", "/system.slice/notssh.service",
                            "/user.slice/user-1000.slice/user@1000.service"}) {
    const auto findings = held_by(other);
    ASSERT_EQ(findings.size(), 1U) << other;
    EXPECT_EQ(findings[0].severity, Severity::warning) << other;
    EXPECT_TRUE(findings[0].summary.ends_with(
        ".service has [::]:2222: ssh.socket was changed, not restarted"))
        << findings[0].summary;
  }
}

TEST(SshdSocketStale, OnlyBehindASocketAndOnlyByEvidence) {
  Snapshot snapshot = dual("0.0.0.0:2222", {22}, true);
  change(snapshot.units, [](SshUnits& units) { units.socket.active_state = "inactive"; });
  EXPECT_TRUE(run("sshd.socket-stale", snapshot).empty());
  snapshot = dual("0.0.0.0:2222", {22}, true);
  change(snapshot.units, [](SshUnits& units) { units.socket.job_queued = true; });
  EXPECT_TRUE(run("sshd.socket-stale", snapshot).empty());
  snapshot = dual("0.0.0.0:2222", {22}, true);
  snapshot.effective = Unknown{"being asked"};
  EXPECT_TRUE(run("sshd.socket-stale", snapshot).empty());
  snapshot = dual("0.0.0.0:2222", {22}, true);
  snapshot.listeners = Unknown{"sock_diag"};
  EXPECT_TRUE(run("sshd.socket-stale", snapshot).empty());
}

} // namespace sshguardd::test
