#include "fixture.hpp"

namespace sshguardd::test {
namespace {

const ListenAddress any4{"0.0.0.0", 22, false};
const ListenAddress any6{"::", 22, true};
const ListenAddress own{"10.77.0.2", 22, false};
const ListenAddress floating{"192.0.2.7", 22, false};
const ListenAddress floating6{"2001:db8::7", 22, true};
const ListenAddress loop4{"127.0.0.1", 22, false};
const ListenAddress loop6{"::1", 22, true};
const Listener on4{"0.0.0.0", 22, false, true};
const Listener on_loop{"127.0.0.1", 22, false, true};

Snapshot wanting(std::vector<ListenAddress> wanted, std::vector<Listener> there, const char* state,
                 bool newer) {
  Snapshot snapshot = with_units([&](SshUnits& units) { units.service.active_state = state; });
  Effective effective;
  effective.fingerprint = "1";
  effective.listen = std::move(wanted);
  snapshot.effective = effective;
  snapshot.listeners = std::move(there);
  snapshot.addresses = std::vector<std::string>{"127.0.0.1", "::1", "10.77.0.2"};
  snapshot.unbindable = {floating.address, floating6.address};
  if (newer) change(snapshot.config, [](SshdConfig& config) { config.newest_change_us = wall_us; });
  return snapshot;
}

} // namespace

TEST(SshdListenAddress, WhatCannotBeBoundAndWhatNobodyReaches) {
  struct Row {
    const char* name;
    std::vector<ListenAddress> wanted;
    std::vector<Listener> there;
    const char* state;
    bool newer;
    int severity; // -1 = nothing
    When when = When::now;
  };
  constexpr int info = static_cast<int>(Severity::info);
  constexpr int warning = static_cast<int>(Severity::warning);
  constexpr int critical = static_cast<int>(Severity::critical);
  const Row rows[] = {
      {"everywhere", {any4, any6}, {on4}, "active", false, -1},
      {"one of its own", {own}, {{"10.77.0.2", 22, false, true}}, "active", false, -1},
      {"a floating address beside another", {own, floating}, {on4}, "active", false, info},
      {"the same, new on disk", {own, floating}, {on4}, "active", true, info},
      {"none, and it failed", {floating, floating6}, {}, "failed", false, critical},
      {"one of two, and it failed for something else", {own, floating}, {}, "failed", false, info},
      {"none, new on disk", {floating}, {on4}, "active", true, warning, When::restart},
      {"none by now, and it runs on", {floating}, {on4}, "active", false, info},
      {"none, stopped", {floating}, {}, "inactive", false, -1},
      {"loopback from the beginning", {loop4, loop6}, {on_loop}, "active", false, info},
      {"loopback, written again", {loop4}, {on_loop}, "active", true, info},
      {"loopback, new on disk", {loop4}, {on4}, "active", true, warning, When::restart},
      {"loopback beside another", {loop4, own}, {on4}, "active", true, -1},
  };
  for (const Row& row : rows) {
    const auto findings =
        run("sshd.listen-address", wanting(row.wanted, row.there, row.state, row.newer));
    ASSERT_EQ(findings.size(), row.severity < 0 ? 0U : 1U) << row.name;
    if (findings.empty()) continue;
    EXPECT_EQ(static_cast<int>(findings[0].severity), row.severity) << row.name;
    EXPECT_EQ(findings[0].when, row.when) << row.name;
    EXPECT_EQ(findings[0].sees, row.severity == info ? Sees::none : Sees::refused) << row.name;
  }
}

TEST(SshdListenAddress, NoStartInVain) {
  Snapshot snapshot = failed_at_start_limit();
  ASSERT_TRUE(run("sshd.failed", snapshot).at(0).remedy);
  const Snapshot elsewhere = wanting({floating}, {}, "failed", false);
  snapshot.effective = elsewhere.effective;
  snapshot.addresses = elsewhere.addresses;
  snapshot.unbindable = elsewhere.unbindable;
  EXPECT_FALSE(run("sshd.failed", snapshot).at(0).remedy);
  snapshot.unbindable.clear(); // the kernel would bind it
  EXPECT_TRUE(run("sshd.failed", snapshot).at(0).remedy);
}

TEST(SshdListenAddress, SilentWhereAnyAddressCanBeBoundOrNothingIsKnown) {
  Snapshot snapshot = wanting({floating}, {on4}, "active", true);
  snapshot.unbindable.clear();
  EXPECT_TRUE(run("sshd.listen-address", snapshot).empty());
  snapshot.unbindable = {floating.address};
  snapshot.addresses = Unknown{"not now"};
  EXPECT_TRUE(run("sshd.listen-address", snapshot).empty());
  snapshot = wanting({floating}, {on4}, "active", true);
  snapshot.effective = Unknown{"being asked"};
  EXPECT_TRUE(run("sshd.listen-address", snapshot).empty());
  // A family that is switched off is no address.
  snapshot = wanting({any4, any6}, {on4}, "active", true);
  snapshot.addresses = std::vector<std::string>{"127.0.0.1"};
  EXPECT_TRUE(run("sshd.listen-address", snapshot).empty());
}

} // namespace sshguardd::test
