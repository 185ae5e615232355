#include "fixture.hpp"

namespace sshguardd::test {
namespace {

using Ports = std::vector<std::uint16_t>;

Snapshot moved(const Ports& configured, const Ports& listening, const Ports& before, bool newer) {
  Snapshot snapshot = healthy();
  Effective effective;
  for (const std::uint16_t port : configured)
    effective.listen.push_back({"0.0.0.0", port, false});
  snapshot.effective = effective;
  std::vector<Listener> listeners{{"127.0.0.1", 6010, false, true}, {"::", 80, true, false}};
  for (const std::uint16_t port : listening)
    listeners.push_back({"0.0.0.0", port, false, true});
  snapshot.listeners = listeners;
  std::vector<ListenAddress> seen;
  for (const std::uint16_t port : before)
    seen.push_back({"0.0.0.0", port, false});
  if (!seen.empty()) snapshot.listened_before = seen;
  if (newer) change(snapshot.config, [](SshdConfig& config) { config.newest_change_us = wall_us; });
  return snapshot;
}

} // namespace

TEST(SshdPortMoved, IsWorthKnowing) {
  struct Row {
    const char* name;
    Ports configured;
    Ports listening;
    Ports before; // empty: not known
    bool newer;
    const char* summary; // "" = nothing
  };
  const Row rows[] = {
      {"as ever", {22}, {22}, {22}, false, ""},
      {"another port from the beginning", {2222}, {2222}, {}, false, ""},
      {"written again", {22}, {22}, {22}, true, ""},
      {"on disk", {2222}, {22}, {22}, true, "the next sshd restart moves SSH from port 22 to 2222"},
      {"one more on disk",
       {22, 2222},
       {22},
       {22},
       true,
       "the next sshd restart moves SSH from port 22 to 22, 2222"},
      {"moved", {2222}, {2222}, {22}, false, "sshd listens on port 2222 now; before it was 22"},
      {"one more", {22, 2222}, {22, 2222}, {22}, false, ""},
      {"one less", {22}, {22}, {22, 2222}, false, ""},
      {"no listener of its own", {2222}, {}, {22}, true, ""},
  };
  for (const Row& row : rows) {
    const auto findings =
        run("sshd.port-moved", moved(row.configured, row.listening, row.before, row.newer));
    const std::string summary = row.summary;
    ASSERT_EQ(findings.size(), summary.empty() ? 0U : 1U) << row.name;
    if (findings.empty()) continue;
    EXPECT_EQ(findings[0].summary, summary) << row.name;
    EXPECT_EQ(findings[0].severity, Severity::info) << row.name;
  }
}

TEST(SshdPortMoved, NotBehindASocketAndNotWhileItStarts) {
  Snapshot snapshot = moved({2222}, {22}, {22}, true);
  change(snapshot.units, [](SshUnits& units) { units.owner = PortOwner::socket; });
  EXPECT_TRUE(run("sshd.port-moved", snapshot).empty());
  snapshot = moved({2222}, {22}, {22}, true);
  change(snapshot.units, [](SshUnits& units) { units.service.job_queued = true; });
  EXPECT_TRUE(run("sshd.port-moved", snapshot).empty());
}

} // namespace sshguardd::test
