#include "fixture.hpp"

namespace sshguardd::test {
namespace {

ReturnWay lost(const char* source, bool worked = true) {
  ReturnWay to;
  to.source = source;
  to.comes_by = "eth0";
  to.leaves_by = "tun0";
  to.problem = "answers to " + to.source + " go into tun0";
  to.evidence = "ip route get " + to.source + ": dev tun0";
  to.worked_before = worked;
  return to;
}

std::vector<Finding> found(std::vector<ReturnWay> returns, bool default_route = true) {
  Snapshot snapshot = healthy();
  Network network;
  network.links = {
      {.name = "eth0", .up = true, .carrier = true, .physical = true, .globals = true}};
  if (default_route) network.default_routes = {{false, "eth0", "192.0.2.1"}};
  network.returns = std::move(returns);
  snapshot.network = network;
  return run("network.return-path", snapshot);
}

TEST(NetworkReturnPath, is_critical_where_it_worked_before) {
  const auto findings = found({lost("198.51.100.1", false), lost("203.0.113.7")});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().severity, Severity::critical);
  EXPECT_EQ(findings.front().subject, "203.0.113.7");
  EXPECT_EQ(findings.front().summary, "answers to 203.0.113.7 go into tun0 (and 1 more)");
  EXPECT_EQ(findings.front().sees, Sees::timeout);
  EXPECT_EQ(findings.front().settle, 5s);
  EXPECT_EQ(found({lost("198.51.100.1", false)}).front().severity, Severity::info);
}

TEST(NetworkReturnPath, is_silent_where_all_is_well_or_anothers) {
  ReturnWay well = lost("203.0.113.7");
  well.problem.clear();
  EXPECT_TRUE(found({}).empty());
  EXPECT_TRUE(found({well}).empty());
  ReturnWay banned = lost("203.0.113.7");
  banned.problem = "a route to 203.0.113.7 is \"unreachable\"";
  EXPECT_EQ(found({banned}).size(), 1U);
  banned.ban = true;
  EXPECT_TRUE(found({banned}).empty());
  ReturnWay none = lost("203.0.113.7");
  none.problem = "there is no route to 203.0.113.7";
  EXPECT_EQ(found({none}).size(), 1U);
  EXPECT_TRUE(found({none}, false).empty()) << "network.no-address tells it";
}

} // namespace
} // namespace sshguardd::test
