#include "engine/network_links.hpp"

#include "links.hpp"

#include <gtest/gtest.h>

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

namespace sshguardd::engine {
namespace {

using test::link;

parse::LinkMessage lo() {
  auto one = link(1, "lo", "");
  one.flags |= IFF_LOOPBACK;
  return one;
}

parse::AddressMessage address(int index, std::uint8_t scope = RT_SCOPE_UNIVERSE,
                              std::uint32_t flags = IFA_F_PERMANENT) {
  return {.index = index, .bytes = "1234", .prefix = 24, .scope = scope, .flags = flags};
}

TEST(NetworkLinks, of_a_machine_those_with_devices_lead_out) {
  auto bond = link(3, "bond0", "bond");
  auto slave = link(2, "eth0", "", true);
  slave.master = 3;
  bond.master = 5;
  auto vlan = link(6, "bond0.7", "vlan");
  vlan.below = 3;
  auto vxlan = link(7, "vx0", "vxlan");
  vxlan.below = 2;
  auto veth = link(9, "veth12", "veth");
  veth.master = 8;
  veth.below = 2; // the index of its peer, which is in another name space
  veth.below_elsewhere = true;
  const std::vector<parse::LinkMessage> links{lo(),
                                              slave,
                                              bond,
                                              link(4, "tun0", "tun"),
                                              link(5, "br0", "bridge"),
                                              vlan,
                                              vxlan,
                                              link(8, "docker0", "bridge"),
                                              veth};
  EXPECT_EQ(outward_links(links), (std::vector<int>{2, 3, 5, 6}));
}

TEST(NetworkLinks, bridges_of_open_vswitch_lead_out_where_one_has_the_device) {
  auto eth0 = link(2, "eth0", "", true);
  const auto links = [&eth0] {
    return std::vector<parse::LinkMessage>{lo(), eth0, link(3, "ovs-system", "openvswitch"),
                                           link(4, "br-ex", "openvswitch")};
  };
  EXPECT_EQ(outward_links(links()), std::vector<int>{2}) << "for virtual machines alone";
  eth0.master = 3;
  EXPECT_EQ(outward_links(links()), (std::vector<int>{2, 3, 4}));
}

TEST(NetworkLinks, of_a_container_its_own_end) {
  auto host0 = link(2, "host0", "veth");
  host0.below = 7;
  host0.below_elsewhere = true;
  auto inner = link(4, "veth1", "veth");
  inner.master = 3;
  EXPECT_EQ(outward_links({lo(), host0, link(3, "docker0", "bridge"), inner}),
            (std::vector<int>{2}));
  EXPECT_EQ(outward_links({lo()}), std::vector<int>{});
}

TEST(NetworkLinks, addresses_count_that_others_can_use) {
  const std::vector<parse::LinkMessage> links{
      lo(), link(2, "eth0", "", true), link(3, "docker0", "bridge"), link(4, "veth1", "veth")};
  struct Row {
    parse::AddressMessage address;
    bool counts;
  };
  const Row rows[] = {
      {address(2), true},
      {address(2, RT_SCOPE_SITE), true},
      {address(2, RT_SCOPE_LINK), false},
      {address(2, RT_SCOPE_HOST), false},
      {address(2, RT_SCOPE_UNIVERSE, IFA_F_TENTATIVE), false},
      {address(2, RT_SCOPE_UNIVERSE, IFA_F_TENTATIVE | IFA_F_OPTIMISTIC), true},
      {address(2, RT_SCOPE_UNIVERSE, IFA_F_DADFAILED), false},
  };
  for (const Row& row : rows) {
    const auto list = network_links(links, {row.address, address(3)});
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].name, "eth0");
    EXPECT_TRUE(list[0].physical && list[0].up && list[0].carrier);
    EXPECT_EQ(list[0].globals, row.counts);
    EXPECT_EQ(list[1].name, "docker0");
    EXPECT_FALSE(list[1].physical);
  }
}

TEST(NetworkLinks, a_host_of_containers_is_bounded) {
  std::vector<parse::LinkMessage> links{lo()};
  std::vector<parse::AddressMessage> addresses;
  for (int i = 2; i < 3000; ++i) {
    links.push_back(link(i, ("cali" + std::to_string(i)).c_str(), "veth"));
    addresses.push_back(address(i));
  }
  links.push_back(link(5000, "eth0", "", true));
  const auto list = network_links(links, addresses);
  EXPECT_EQ(list.size(), most_network_links);
  EXPECT_EQ(list.front().name, "eth0");
}

} // namespace
} // namespace sshguardd::engine
