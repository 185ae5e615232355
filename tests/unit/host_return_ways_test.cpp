#include "engine/network_links.hpp"
#include "host/return_ways.hpp"

#include "links.hpp"

#include <gtest/gtest.h>

#include <linux/if.h>

namespace sshguardd::host {
namespace {

const std::string client = "203.0.113.7";
const std::string mine = address_bytes("192.0.2.5");

using test::link;

// Two links out, a bridge of containers and a VPN; eth0 has the address.
struct Machine {
  NetworkState state;
  Fact<Way> way = Way{.interface = "eth0", .own = mine, .gateway = address_bytes("192.0.2.1")};
  bool banned = false;
  int filter = 0;
  ReturnWays ways;

  Machine() {
    state.links = {link(2, "eth0", "", true), link(3, "eth1", "", true),
                   link(4, "docker0", "bridge"), link(5, "tun0", "tun")};
    state.addresses = {{.index = 2, .bytes = mine, .prefix = 24}};
  }
  ReturnWay look(bool logged_in = false) {
    state.outward = engine::outward_links(state.links);
    const auto list = ways.look({client}, logged_in, state,
                                {.way = [this](auto, auto) { return way; },
                                 .banned = [this](auto) { return banned; },
                                 .rp_filter = [this](const auto&) { return filter; }});
    return list.empty() ? ReturnWay{} : list.front();
  }
  void leave_by(const char* interface, bool gateway = false) {
    way = Way{
        .interface = interface, .own = mine, .gateway = gateway ? address_bytes("192.0.2.1") : ""};
  }
};

TEST(ReturnWays, the_first_way_is_the_expected_one) {
  Machine machine;
  const ReturnWay to = machine.look();
  EXPECT_EQ(to.source, client);
  EXPECT_EQ(to.comes_by, "eth0");
  EXPECT_EQ(to.leaves_by, "eth0");
  EXPECT_EQ(to.gateway, "192.0.2.1");
  EXPECT_EQ(to.problem, "");
  EXPECT_TRUE(to.worked_before);
  EXPECT_EQ(to.evidence, "ip route get 203.0.113.7: via 192.0.2.1 dev eth0");
}

TEST(ReturnWays, another_way_is_judged) {
  struct Row {
    const char* what;
    std::function<void(Machine&)> how;
    const char* problem;
  };
  const Row rows[] = {
      {"a VPN", [](Machine& one) { one.leave_by("tun0"); }, "answers to 203.0.113.7 go into tun0"},
      {"a VPN, and the filter", [](Machine& one) { one.leave_by("tun0"), one.filter = 1; },
       "answers to 203.0.113.7 go into tun0; rp_filter on eth0 is strict"},
      {"marks may lead back", [](Machine& one) { one.leave_by("tun0"), one.state.marks = true; },
       ""},
      {"a bridge of containers", [](Machine& one) { one.leave_by("docker0"); },
       "the network of docker0 contains 203.0.113.7: answers stay in there"},
      {"the other link", [](Machine& one) { one.leave_by("eth1", true); }, ""},
      {"the other link, loosely filtered",
       [](Machine& one) { one.leave_by("eth1", true), one.filter = 2; }, ""},
      {"the other link, strictly filtered",
       [](Machine& one) { one.leave_by("eth1", true), one.filter = 1; },
       "answers to 203.0.113.7 leave by eth1; rp_filter on eth0 is strict"},
      {"several next hops",
       [](Machine& one) {
         one.leave_by("eth1", true), one.filter = 1;
         parse::RouteMessage both;
         both.several = true;
         one.state.defaults = {both};
       },
       ""},
      {"the address has moved along",
       [](Machine& one) {
         one.leave_by("eth1", true), one.filter = 1, one.state.addresses[0].index = 3;
       },
       ""},
      {"eth0 is in a bridge by now",
       [](Machine& one) {
         one.state.links[0].master = 6;
         one.state.links.push_back(link(6, "br0", "bridge"));
         one.state.addresses[0].index = 6;
         one.leave_by("br0", true);
       },
       ""},
      {"no route", [](Machine& one) { one.way = Way{.problem = "no route"}; },
       "there is no route to 203.0.113.7"},
      {"unreachable", [](Machine& one) { one.way = Way{.problem = "unreachable"}; },
       "a route to 203.0.113.7 is \"unreachable\""},
  };
  for (const Row& row : rows) {
    Machine machine;
    (void)machine.look();
    row.how(machine);
    ReturnWay to = machine.look();
    EXPECT_EQ(to.problem, row.problem) << row.what;
    EXPECT_TRUE(to.worked_before) << row.what;
    EXPECT_FALSE(to.ban);
    // As long as it is so; and then as before.
    EXPECT_EQ(machine.look().problem, row.problem) << row.what;
    if (*row.problem == '\0') continue;
    Machine late;
    row.how(late);
    to = late.look();
    if (!to.problem.empty()) {
      EXPECT_FALSE(to.worked_before) << row.what;
    }
    machine.leave_by("eth0", true);
    EXPECT_EQ(machine.look().problem, "") << row.what;
  }
}

TEST(ReturnWays, a_login_makes_the_new_way_the_right_one) {
  Machine machine;
  (void)machine.look();
  machine.leave_by("tun0");
  EXPECT_NE(machine.look().problem, "");
  const ReturnWay to = machine.look(true);
  EXPECT_EQ(to.problem, "");
  EXPECT_EQ(to.comes_by, "tun0");
}

TEST(ReturnWays, without_the_address_nothing_is_known) {
  Machine machine;
  (void)machine.look();
  machine.state.addresses.clear();
  machine.way = Way{.problem = "no route"};
  ReturnWay to = machine.look();
  EXPECT_NE(to.problem, "");
  EXPECT_FALSE(to.worked_before) << "a VPN that is not connected, say";
  Machine other;
  (void)other.look();
  other.state.links[0].flags = IFF_UP;
  other.leave_by("tun0");
  EXPECT_EQ(other.look().problem, "") << "no carrier";
}

TEST(ReturnWays, a_ban_is_told_apart) {
  Machine machine;
  machine.banned = true;
  machine.way = Way{.problem = "blackhole"};
  EXPECT_TRUE(machine.look().ban);
  machine.way = Way{.problem = "no route"};
  EXPECT_FALSE(machine.look().ban);
}

TEST(ReturnWays, some_are_not_asked_for) {
  Machine machine;
  const NetworkQuestions questions{.way = [](auto, auto) { return Fact<Way>{Way{.local = true}}; },
                                   .banned = [](auto) { return false; },
                                   .rp_filter = [](const auto&) { return 0; }};
  EXPECT_TRUE(machine.ways
                  .look({"127.0.0.1", "::1", "fe80::1%eth0", "host.example", "", "192.0.2.5"},
                        false, machine.state, questions)
                  .empty());
  machine.way = Unknown{"on which link fe80::1 is"};
  EXPECT_EQ(machine.look().source, "");
}

} // namespace
} // namespace sshguardd::host
