#include "fixture.hpp"

namespace sshguardd::test {
namespace {

using Ports = std::vector<std::uint16_t>;
using Ranges = std::vector<std::pair<std::uint16_t, std::uint16_t>>;

Snapshot enforcing(const Ports& configured, const Ports& bound, const Ranges& labelled,
                   const char* state) {
  Snapshot snapshot = with_units([&](SshUnits& units) { units.service.active_state = state; });
  Effective effective;
  for (const std::uint16_t port : configured)
    effective.listen.push_back({"0.0.0.0", port, false});
  snapshot.effective = effective;
  std::vector<Listener> listeners;
  for (const std::uint16_t port : bound)
    listeners.push_back({"0.0.0.0", port, false, true});
  snapshot.listeners = listeners;
  snapshot.selinux = SelinuxPorts{labelled};
  return snapshot;
}

} // namespace

TEST(SshdSelinuxPort, ComparesPortsWithLabels) {
  struct Row {
    const char* name;
    Ports configured;
    Ports bound;
    Ranges labelled;
    const char* state;
    int severity; // -1 = nothing
    When when = When::restart;
    Sees sees = Sees::refused;
  };
  constexpr int warning = static_cast<int>(Severity::warning);
  constexpr int critical = static_cast<int>(Severity::critical);
  const Row rows[] = {
      {"the default", {22}, {22}, {{22, 22}}, "active", -1},
      {"a labelled port", {2222}, {22}, {{22, 22}, {2222, 2222}}, "active", -1},
      {"within a range", {2222}, {22}, {{2200, 2299}}, "active", -1},
      {"for the next restart", {2222}, {22}, {{22, 22}}, "active", warning},
      {"one of two", {22, 2222}, {22}, {{22, 22}}, "active", warning, When::restart, Sees::none},
      {"failed for it", {2222}, {}, {{22, 22}}, "failed", critical, When::now, Sees::refused},
      {"bound all the same", {2222}, {2222}, {{22, 22}}, "active", -1},
      {"no labels read", {2222}, {22}, {}, "active", -1},
  };
  for (const Row& row : rows) {
    const auto findings =
        run("sshd.selinux-port", enforcing(row.configured, row.bound, row.labelled, row.state));
    ASSERT_EQ(findings.size(), row.severity < 0 ? 0U : 1U) << row.name;
    if (findings.empty()) continue;
    EXPECT_EQ(static_cast<int>(findings[0].severity), row.severity) << row.name;
    EXPECT_EQ(findings[0].when, row.when) << row.name;
    EXPECT_EQ(findings[0].sees, row.sees) << row.name;
  }
}

TEST(SshdSelinuxPort, SilentWhereItDoesNotEnforce) {
  Snapshot snapshot = enforcing({2222}, {22}, {{22, 22}}, "active");
  snapshot.selinux = Unknown{"SELinux does not enforce"};
  EXPECT_TRUE(run("sshd.selinux-port", snapshot).empty());
}

} // namespace sshguardd::test
