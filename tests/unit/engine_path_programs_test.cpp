#include "engine/path_programs.hpp"

#include "links.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sshguardd::engine {
namespace {

using test::link;
using Links = std::vector<parse::LinkMessage>;

parse::LinkMessage part(parse::LinkMessage one, int master) {
  one.master = master;
  return one;
}
parse::LinkMessage on(parse::LinkMessage one, int below) {
  one.below = below;
  return one;
}
parse::LinkMessage with_xdp(parse::LinkMessage one) {
  one.xdp = true;
  return one;
}

std::string told(const Links& links, const std::vector<LinkPrograms>& programs,
                 const std::string& interface) {
  std::string text;
  for (const auto& one : programs_of(links, programs, {interface})) {
    EXPECT_EQ(one.interface, interface);
    text += (text.empty() ? "" : "; ") + one.name;
  }
  return text;
}

TEST(PathPrograms, of_the_interface_itself) {
  const Links links{link(1, "lo", ""), with_xdp(link(2, "eth0", "", true)),
                    link(3, "eth1", "", true)};
  LinkPrograms own;
  own.index = 2;
  own.ingress = {{2, "bpf", "cil_from_netdev"}, {2, "flower", ""}};
  own.egress = {{2, "u32", ""}};
  own.bpf_ingress = 1;
  own.bpf_egress = 2;
  const std::vector<LinkPrograms> all{own};
  EXPECT_EQ(told(links, all, "eth0"),
            "an XDP program on eth0; a BPF program (tcx) on eth0, ingress; "
            "the tc program cil_from_netdev on eth0, ingress; a tc filter (flower) on eth0, "
            "ingress; a BPF program (tcx) on eth0, egress; a tc filter (u32) on eth0, egress");
  EXPECT_EQ(told(links, all, "eth1"), "");
  EXPECT_EQ(told(links, all, "gone"), "");
  EXPECT_EQ(told({}, all, "eth0"), "");
  EXPECT_EQ(told(links, {}, "eth0"), "an XDP program on eth0");
}

TEST(PathPrograms, of_what_an_interface_is_made_of) {
  const Links links{link(2, "br0", "bridge"), part(with_xdp(link(3, "eth0", "", true)), 2),
                    part(link(4, "tap0", "tun"), 2), on(link(5, "vlan7", "vlan"), 6),
                    with_xdp(link(6, "eth1", "", true))};
  EXPECT_EQ(told(links, {}, "br0"), "an XDP program on eth0");
  EXPECT_EQ(told(links, {}, "vlan7"), "an XDP program on eth1");
  EXPECT_EQ(told(links, {}, "tap0"), "");
  EXPECT_EQ(links_beneath(links, {"br0", "vlan7", "br0"}), (std::vector<int>{2, 3, 4, 5, 6}));
}

TEST(PathPrograms, the_other_end_of_a_pair_is_no_part_of_it) {
  Links links{on(link(2, "veth0", "veth"), 3), on(with_xdp(link(3, "veth1", "veth")), 2)};
  EXPECT_EQ(told(links, {}, "veth0"), "");
  // A link of another name space has a number that means another one here.
  links = {on(link(2, "vlan0", "vlan"), 3), with_xdp(link(3, "eth0", "", true))};
  links[0].below_elsewhere = true;
  EXPECT_EQ(told(links, {}, "vlan0"), "");
}

TEST(PathPrograms, links_that_say_nonsense) {
  const Links circle{part(on(link(2, "a", "vlan"), 3), 3),
                     part(on(with_xdp(link(3, "b", "")), 2), 2), part(on(link(4, "c", ""), 4), 4),
                     on(link(5, "d", ""), 99)};
  EXPECT_EQ(told(circle, {}, "a"), "an XDP program on b");
  EXPECT_EQ(told(circle, {}, "c"), "");
  EXPECT_EQ(told(circle, {}, "d"), "");
  Links many{link(1, "br0", "bridge")};
  for (int i = 2; i < 2000; ++i)
    many.push_back(part(with_xdp(link(i, "veth", "veth")), 1));
  EXPECT_EQ(links_beneath(many, {"br0"}).size(), 256U);
  EXPECT_EQ(programs_of(many, {}, {"br0"}).size(), 64U);
}

} // namespace
} // namespace sshguardd::engine
