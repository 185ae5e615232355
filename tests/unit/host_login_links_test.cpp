#include "engine/network_links.hpp"
#include "host/login_links.hpp"

#include "links.hpp"

#include <gtest/gtest.h>

namespace sshguardd::host {
namespace {

using Sources = std::vector<std::string>;
using test::link;

// One link out, a VPN's and a bridge of containers; whoever is not behind these is behind eth0.
struct Machine {
  NetworkState state;
  std::map<std::string, std::string> routes; // by source: the link; "": nowhere
  LoginLinks links;

  Machine() {
    state.links = {link(2, "eth0", "", true), link(3, "wg0", "wireguard"),
                   link(4, "docker0", "bridge")};
    routes = {{"10.8.0.2", "wg0"}, {"172.17.0.2", "docker0"}};
  }
  Sources present(const Sources& sources, bool logged_in = false) {
    state.outward = engine::outward_links(state.links);
    return links.present(sources, logged_in, state, [this](std::string_view source) -> Fact<Way> {
      const auto route = routes.find(address_text(source));
      if (route == routes.end()) return Way{.interface = "eth0"};
      if (route->second.empty()) return Way{.problem = "no route"};
      return Way{.interface = route->second};
    });
  }
};

TEST(LoginLinks, who_came_by_a_link_inside_is_judged_by_that_link_alone) {
  Machine machine;
  const Sources all{"10.8.0.2", "203.0.113.7"};
  EXPECT_EQ(machine.present(all), all) << "nothing is known of them";
  EXPECT_EQ(machine.present(all, true), all);
  machine.routes.erase("10.8.0.2"); // the VPN is down
  EXPECT_EQ(machine.present(all), Sources{"203.0.113.7"});
  machine.routes["10.8.0.2"] = "";
  EXPECT_EQ(machine.present(all), Sources{"203.0.113.7"});
  machine.routes["10.8.0.2"] = "docker0";
  EXPECT_EQ(machine.present(all), Sources{"203.0.113.7"});
  machine.routes["10.8.0.2"] = "wg0";
  EXPECT_EQ(machine.present(all), all);
}

TEST(LoginLinks, a_container_is_as_good_as_a_vpn) {
  Machine machine;
  EXPECT_EQ(machine.present({"172.17.0.2"}, true), Sources{"172.17.0.2"});
  machine.routes.clear();
  EXPECT_EQ(machine.present({"172.17.0.2"}), Sources{});
}

TEST(LoginLinks, who_came_from_outside_is_judged_always) {
  Machine machine;
  EXPECT_EQ(machine.present({"203.0.113.7"}, true), Sources{"203.0.113.7"});
  // What takes the answers away then is what is to be told.
  machine.routes["203.0.113.7"] = "wg0";
  EXPECT_EQ(machine.present({"203.0.113.7"}), Sources{"203.0.113.7"});
  machine.routes["203.0.113.7"] = "";
  EXPECT_EQ(machine.present({"203.0.113.7"}), Sources{"203.0.113.7"});
}

TEST(LoginLinks, a_vpn_that_everything_goes_into_tells_nothing) {
  Machine machine;
  parse::RouteMessage everything;
  everything.out = 3;
  machine.state.defaults = {everything};
  EXPECT_EQ(machine.present({"10.8.0.2"}, true), Sources{"10.8.0.2"});
  machine.routes.clear();
  EXPECT_EQ(machine.present({"10.8.0.2"}), Sources{"10.8.0.2"});
}

TEST(LoginLinks, the_last_login_counts) {
  Machine machine;
  EXPECT_EQ(machine.present({"10.8.0.2"}, true), Sources{"10.8.0.2"});
  machine.routes["10.8.0.2"] = "eth0"; // the VPN has moved to another machine
  EXPECT_EQ(machine.present({"10.8.0.2"}, true), Sources{"10.8.0.2"});
  EXPECT_EQ(machine.present({"10.8.0.2"}), Sources{"10.8.0.2"});
  // Only of who has come: of the others nothing is learned.
  machine.routes["10.8.0.2"] = "wg0";
  EXPECT_EQ(machine.present({"203.0.113.7", "10.8.0.2"}, true).size(), 2U);
  machine.routes.erase("10.8.0.2");
  EXPECT_EQ(machine.present({"203.0.113.7", "10.8.0.2"}).size(), 2U);
}

} // namespace
} // namespace sshguardd::host
