#include "fixture.hpp"

namespace sshguardd::test {
namespace {

NetworkLink eth0() {
  return {.name = "eth0", .up = true, .carrier = true, .physical = true, .globals = true};
}

ReturnWay from(const char* source, const char* problem = "", bool worked = false) {
  ReturnWay to;
  to.source = source;
  to.ipv6 = to.source.find(':') != std::string::npos;
  to.leaves_by = *problem == '\0' ? "eth0" : "";
  to.problem = problem;
  to.worked_before = worked;
  return to;
}

const char* const no_route = "there is no route to 203.0.113.7";

Network network(std::vector<NetworkLink> links, bool route4 = true) {
  Network one;
  one.links = std::move(links);
  if (route4) one.default_routes = {{false, "eth0", "192.0.2.1"}};
  return one;
}

std::vector<Finding> found(const Network& one) {
  Snapshot snapshot = healthy();
  snapshot.network = one;
  return run("network.no-address", snapshot);
}

TEST(NetworkNoAddress, tells_a_link_that_nobody_can_come_by) {
  struct Row {
    const char* what;
    std::function<void(NetworkLink&)> how;
    const char* summary; // empty: nothing
  };
  const Row rows[] = {
      {"all well", [](NetworkLink&) {}, ""},
      {"no address", [](NetworkLink& one) { one.globals = false; }, "eth0 has no address"},
      {"down", [](NetworkLink& one) { one.up = one.carrier = one.globals = false; },
       "eth0 is down"},
      {"no cable", [](NetworkLink& one) { one.carrier = false; }, "eth0 has no carrier"},
  };
  for (const Row& row : rows) {
    NetworkLink link = eth0();
    row.how(link);
    // What containers and tunnels have helps nobody.
    const NetworkLink docker{.name = "docker0", .up = true, .carrier = true, .globals = true};
    const auto findings = found(network({link, docker}));
    ASSERT_EQ(findings.size(), *row.summary == '\0' ? 0U : 1U) << row.what;
    if (findings.empty()) continue;
    EXPECT_EQ(findings.front().summary, row.summary);
    EXPECT_EQ(findings.front().severity, Severity::critical);
    EXPECT_EQ(findings.front().sees, Sees::timeout);
    EXPECT_EQ(findings.front().settle, 15s);
    // One that has all is enough.
    NetworkLink other = eth0();
    other.name = "eth1";
    EXPECT_TRUE(found(network({link, other})).empty()) << row.what;
  }
}

TEST(NetworkNoAddress, is_no_lockout_where_somebody_known_can_come) {
  NetworkLink link = eth0();
  link.globals = false;
  Network one = network({link});
  one.returns = {from("fe80::1")};
  ASSERT_EQ(found(one).size(), 1U);
  EXPECT_EQ(found(one).front().severity, Severity::warning);
  one.returns.push_back(from("203.0.113.7", no_route, true));
  EXPECT_EQ(found(one).front().severity, Severity::warning);
  one.returns.erase(one.returns.begin());
  EXPECT_EQ(found(one).front().severity, Severity::critical);
}

TEST(NetworkNoAddress, gives_the_boot_its_time) {
  NetworkLink link = eth0();
  link.globals = false;
  Snapshot snapshot = healthy();
  snapshot.network = network({link});
  snapshot.taken.boot = BootTime{20s};
  EXPECT_EQ(run("network.no-address", snapshot).front().settle, 60s);
}

TEST(NetworkNoAddress, a_machine_without_links_may_live_so) {
  EXPECT_TRUE(found(network({})).empty());
  Network one = network({});
  one.returns = {from("203.0.113.7", no_route)};
  ASSERT_EQ(found(one).size(), 1U);
  EXPECT_EQ(found(one).front().summary, "there is no network interface");
  one.returns.push_back(from("192.0.2.5"));
  EXPECT_TRUE(found(one).empty());
}

TEST(NetworkNoAddress, a_default_route_is_missed_by_those_behind_it) {
  Network one = network({eth0()}, false);
  EXPECT_TRUE(found(one).empty()) << "nobody is known";
  one.returns = {from("192.0.2.5")};
  EXPECT_TRUE(found(one).empty()) << "they are on the same network";
  one.returns.push_back(from("203.0.113.7", no_route));
  ASSERT_EQ(found(one).size(), 1U);
  EXPECT_EQ(found(one).front().severity, Severity::info) << "a network that is not connected";
  one.returns.back().worked_before = true;
  EXPECT_EQ(found(one).front().severity, Severity::critical);
  EXPECT_EQ(found(one).front().subject, "IPv4");
  EXPECT_EQ(found(one).front().summary,
            "there is no default route for IPv4, and none to 203.0.113.7");
  one.returns = {from("203.0.113.7", no_route)};
  EXPECT_EQ(found(one).front().severity, Severity::critical) << "nobody can come, after a boot";
  one.default_routes = {{true, "eth0", "fe80::1"}};
  EXPECT_EQ(found(one).size(), 1U) << "that is IPv6's";
  one.default_routes = {{false, "eth0", ""}};
  EXPECT_TRUE(found(one).empty());
  one.default_routes = {};
  one.returns = {from("2001:db8::7", "there is no route to 2001:db8::7", true)};
  EXPECT_EQ(found(one).front().subject, "IPv6");
}

TEST(NetworkNoAddress, explains_the_answers_that_do_not_come_back) {
  NetworkLink link = eth0();
  link.globals = false;
  Snapshot snapshot = healthy();
  Network one = network({link});
  one.returns = {from("203.0.113.7", "a route to 203.0.113.7 is \"unreachable\"", true)};
  snapshot.network = one;
  const engine::Evaluation evaluation = engine::evaluate(snapshot, catalog());
  bool explained = false;
  for (const Finding& finding : evaluation.findings) {
    if (finding.id == "network.return-path") explained = finding.root == "network.no-address";
  }
  EXPECT_TRUE(explained);
}

} // namespace
} // namespace sshguardd::test
