#include "parse/rtnetlink.hpp"

#include <gtest/gtest.h>

#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace sshguardd::parse {
namespace {

template <class T> std::string bytes(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string attribute(std::uint16_t type, std::string_view value) {
  rtattr header{};
  header.rta_type = type;
  header.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(value.size()));
  std::string all = bytes(header) + std::string{value};
  all.resize(RTA_ALIGN(all.size()));
  return all;
}

std::string message(std::uint16_t type, std::string_view body) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_seq = 7;
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(body.size()));
  std::string all = bytes(header) + std::string{body};
  all.resize(NLMSG_ALIGN(all.size()));
  return all;
}

std::string route(unsigned char family, unsigned char prefix, const std::string& attributes,
                  unsigned char type = RTN_UNICAST) {
  rtmsg header{};
  header.rtm_family = family;
  header.rtm_dst_len = prefix;
  header.rtm_type = type;
  header.rtm_table = RT_TABLE_MAIN;
  return bytes(header) + attributes;
}

std::string address(unsigned char family, const std::string& attributes) {
  ifaddrmsg header{};
  header.ifa_family = family;
  header.ifa_index = 3;
  header.ifa_prefixlen = 24;
  header.ifa_flags = IFA_F_PERMANENT;
  return bytes(header) + attributes;
}

const std::string four{"\xc0\x00\x02\x01", 4};
const std::string other{"\xc0\x00\x02\x02", 4};
const std::string sixteen{"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16};

TEST(Rtnetlink, messages_are_taken_one_by_one) {
  const std::string all = message(RTM_NEWLINK, "12345") + message(RTM_NEWADDR, "");
  std::string_view rest = all;
  auto first = next_message(rest);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, RTM_NEWLINK);
  EXPECT_EQ(first->sequence, 7U);
  EXPECT_EQ(first->body, "12345");
  auto second = next_message(rest);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->type, RTM_NEWADDR);
  EXPECT_EQ(second->body, "");
  EXPECT_FALSE(next_message(rest));
}

TEST(Rtnetlink, lengths_that_cannot_be_end_it) {
  const std::string whole = message(RTM_NEWLINK, "12345");
  for (std::size_t size = 0; size < NLMSG_LENGTH(5); ++size) {
    std::string_view rest = std::string_view{whole}.substr(0, size);
    EXPECT_FALSE(next_message(rest)) << size;
  }
  for (const std::uint32_t length : {0U, 1U, 15U, 30U, 0xffffffffU}) {
    std::string wrong = whole;
    nlmsghdr header{};
    header.nlmsg_len = length;
    wrong.replace(0, sizeof header, bytes(header));
    std::string_view rest = wrong;
    EXPECT_FALSE(next_message(rest)) << length;
  }
}

TEST(Rtnetlink, errors) {
  EXPECT_EQ(netlink_error(bytes(-101)), 101);
  EXPECT_EQ(netlink_error(bytes(0)), 0);
  EXPECT_EQ(netlink_error(bytes(5)), 0);
  EXPECT_EQ(netlink_error(bytes(-2147483647 - 1)), 0);
  EXPECT_EQ(netlink_error("ab"), 0);
}

TEST(Rtnetlink, links) {
  ifinfomsg header{};
  header.ifi_index = 4;
  header.ifi_flags = 0x10043;
  const std::string info = attribute(IFLA_INFO_KIND, {"veth\0", 5});
  const std::string body = bytes(header) + attribute(IFLA_IFNAME, {"eth0\0", 5}) +
                           attribute(IFLA_ADDRESS, "\2\1\1\1\1\1") +
                           attribute(IFLA_MASTER, bytes(9)) + attribute(IFLA_LINK, bytes(11)) +
                           attribute(IFLA_LINK_NETNSID, bytes(0)) +
                           attribute(IFLA_LINKINFO | NLA_F_NESTED, info);
  const auto link = link_message(body);
  ASSERT_TRUE(link);
  EXPECT_EQ(link->index, 4);
  EXPECT_EQ(link->flags, 0x10043U);
  EXPECT_EQ(link->name, "eth0");
  EXPECT_EQ(link->kind, "veth");
  EXPECT_EQ(link->hardware_address, "\2\1\1\1\1\1");
  EXPECT_EQ(link->master, 9);
  EXPECT_EQ(link->below, 11);
  EXPECT_TRUE(link->below_elsewhere);
  EXPECT_FALSE(link->device);
  EXPECT_FALSE(link_message(bytes(header))) << "without a name";
  EXPECT_FALSE(link_message("short"));
}

TEST(Rtnetlink, addresses) {
  auto one = address_message(address(AF_INET, attribute(IFA_ADDRESS, four)));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->bytes, four);
  EXPECT_EQ(one->index, 3);
  EXPECT_EQ(one->prefix, 24);
  EXPECT_EQ(one->flags, unsigned{IFA_F_PERMANENT});

  one =
      address_message(address(AF_INET, attribute(IFA_LOCAL, four) + attribute(IFA_ADDRESS, other)));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->bytes, four) << "the machine's own, not the other end's";

  one = address_message(
      address(AF_INET6, attribute(IFA_ADDRESS, sixteen) + attribute(IFA_FLAGS, bytes(0x340U))));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->bytes, sixteen);
  EXPECT_EQ(one->flags, 0x340U);

  EXPECT_FALSE(address_message(address(AF_INET, attribute(IFA_ADDRESS, sixteen))));
  EXPECT_FALSE(address_message(address(AF_INET6, attribute(IFA_ADDRESS, four))));
  EXPECT_FALSE(address_message(address(AF_INET, "")));
  EXPECT_FALSE(address_message(""));
}

TEST(Rtnetlink, routes) {
  auto one = route_message(route(AF_INET, 0,
                                 attribute(RTA_GATEWAY, four) + attribute(RTA_OIF, bytes(5)) +
                                     attribute(RTA_TABLE, bytes(51820U)) +
                                     attribute(RTA_PRIORITY, bytes(100U))));
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->ipv6);
  EXPECT_EQ(one->prefix, 0);
  EXPECT_EQ(one->gateway, four);
  EXPECT_EQ(one->out, 5);
  EXPECT_EQ(one->table, 51820U);
  EXPECT_EQ(one->metric, 100U);

  // IPv4 behind an IPv6 gateway.
  one = route_message(
      route(AF_INET, 0, attribute(RTA_VIA, bytes(std::uint16_t{AF_INET6}) + sixteen)));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->gateway, sixteen);
  EXPECT_EQ(one->table, unsigned{RT_TABLE_MAIN});
  one = route_message(route(AF_INET, 0, attribute(RTA_VIA, bytes(std::uint16_t{AF_INET6}) + four)));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->gateway, "");

  rtnexthop hop{};
  hop.rtnh_ifindex = 8;
  const std::string gateway = attribute(RTA_GATEWAY, sixteen);
  hop.rtnh_len = static_cast<std::uint16_t>(sizeof hop + gateway.size());
  one = route_message(route(AF_INET6, 0, attribute(RTA_MULTIPATH, bytes(hop) + gateway)));
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->ipv6);
  EXPECT_EQ(one->out, 8);
  EXPECT_EQ(one->gateway, sixteen);
  hop.rtnh_len = 500;
  one = route_message(route(AF_INET6, 0, attribute(RTA_MULTIPATH, bytes(hop) + gateway)));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->out, 0);

  EXPECT_FALSE(route_message(route(AF_UNIX, 0, "")));
  EXPECT_FALSE(route_message("no"));
}

TEST(Rtnetlink, attributes_that_cannot_be_are_left) {
  const std::string good = attribute(RTA_OIF, bytes(5));
  for (const int length : {0, 1, 3, 9, 65535}) {
    rtattr wrong{};
    wrong.rta_type = RTA_GATEWAY;
    wrong.rta_len = static_cast<std::uint16_t>(length);
    const auto one = route_message(route(AF_INET, 0, good + bytes(wrong) + "1234"));
    ASSERT_TRUE(one) << length;
    EXPECT_EQ(one->out, 5) << length;
    EXPECT_EQ(one->gateway, "") << length;
  }
  const auto one = route_message(route(AF_INET, 0, good + "\x08"));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->out, 5);
}

TEST(Rtnetlink, tables_of_rules) {
  fib_rule_hdr header{};
  header.table = RT_TABLE_MAIN;
  header.action = FR_ACT_TO_TBL;
  EXPECT_EQ(rule_message(bytes(header)).table, unsigned{RT_TABLE_MAIN});
  const std::string marked =
      bytes(header) + attribute(FRA_TABLE, bytes(1000U)) + attribute(FRA_FWMARK, bytes(1U));
  EXPECT_EQ(rule_message(marked).table, 1000U);
  EXPECT_TRUE(rule_message(marked).marked);
  const std::string tcp = attribute(FRA_IP_PROTO, bytes(std::uint8_t{6}));
  const std::string ports = bytes(fib_rule_port_range{22, 22});
  EXPECT_TRUE(rule_message(bytes(header) + tcp + attribute(FRA_SPORT_RANGE, ports)).marked);
  EXPECT_TRUE(rule_message(bytes(header) + tcp).marked);
  EXPECT_FALSE(rule_message(bytes(header) + tcp + attribute(FRA_DPORT_RANGE, ports)).marked)
      << "what the machine asks of others";
  EXPECT_FALSE(
      rule_message(bytes(header) + attribute(FRA_IP_PROTO, bytes(std::uint8_t{17}))).marked);
  header.flags = FIB_RULE_INVERT;
  EXPECT_FALSE(rule_message(bytes(header) + attribute(FRA_FWMARK, bytes(1U))).marked)
      << "WireGuard's, for packets without one";
  header.action = FR_ACT_BLACKHOLE;
  EXPECT_EQ(rule_message(bytes(header)).table, 0U);
  EXPECT_EQ(rule_message("").table, 0U);
}

// A link's nest of what XDP is on it.
std::string xdp(const std::string& attributes) {
  ifinfomsg header{};
  header.ifi_index = 2;
  return bytes(header) + attribute(IFLA_IFNAME, std::string_view{"eth0\0", 5}) +
         attribute(IFLA_XDP, attributes);
}

TEST(Rtnetlink, a_link_tells_of_xdp) {
  const auto on = [](const std::string& attributes) {
    const auto link = link_message(xdp(attributes));
    return link && link->xdp;
  };
  const std::string_view none{"\0", 1};
  EXPECT_FALSE(on(""));
  EXPECT_FALSE(on(attribute(IFLA_XDP_ATTACHED, none)));
  EXPECT_FALSE(on(attribute(IFLA_XDP_ATTACHED, "")));
  for (const char* mode : {"\1", "\2", "\3", "\4"}) // native, generic, offloaded, several
    EXPECT_TRUE(on(attribute(IFLA_XDP_ATTACHED, mode)));
  const std::uint32_t id = 42;
  EXPECT_TRUE(on(attribute(IFLA_XDP_ATTACHED, "\2") + attribute(IFLA_XDP_PROG_ID, bytes(id))));
  EXPECT_FALSE(on("\5")) << "no whole attribute";
  EXPECT_FALSE(on(std::string{"\xff\xff\2\0\2", 5})) << "longer than it is";
}

std::string filter(const std::string& attributes) {
  tcmsg header{};
  header.tcm_ifindex = 6;
  header.tcm_parent = 0xfffffff2;
  header.tcm_handle = 1;
  return bytes(header) + attributes;
}

TEST(Rtnetlink, filters_have_a_kind_and_programs_a_name) {
  const auto kind = [](std::string_view name) {
    return attribute(TCA_KIND, std::string{name} + '\0');
  };
  const auto options = [](const std::string& value) { return attribute(TCA_OPTIONS, value); };
  const auto name = attribute(TCA_BPF_NAME, std::string_view{"cil_from_netdev\0", 16});

  auto one = filter_message(filter(kind("bpf") + options(name)));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->index, 6);
  EXPECT_EQ(one->kind, "bpf");
  EXPECT_EQ(one->name, "cil_from_netdev");

  one = filter_message(filter(kind("flower") + options(name)));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->kind, "flower");
  EXPECT_EQ(one->name, "") << "another kind's options mean something else";

  one = filter_message(filter(options("") + kind("u32")));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->kind, "u32");

  EXPECT_FALSE(filter_message(filter(kind("bpf")))) << "it stands for those that follow";
  EXPECT_FALSE(filter_message(filter(options(name)))) << "of no kind";
  EXPECT_FALSE(filter_message(filter(kind("") + options(name))));
  EXPECT_FALSE(filter_message(""));
  EXPECT_FALSE(filter_message(filter("").substr(1)));

  one = filter_message(filter(kind(std::string(1000, 'k')) + options("")));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->kind.size(), 64U);
  one =
      filter_message(filter(kind("bpf") + options(attribute(TCA_BPF_NAME, std::string(999, 'n')))));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->name.size(), 256U);
}

// What Linux 6.18 says of a bpf filter: first that there are some of its kind, then the filter.
TEST(Rtnetlink, a_recorded_bpf_filter) {
  const std::string recorded{
      "\0\0\0\0\6\0\0\0\1\0\0\0\xf2\xff\xff\xff\0\3\xff\xbf\x08\0\1\0bpf\0\x08\0\x0b\0\0\0\0\0"
      "\x38\0\2\0\x0f\0\7\0t:[*fsobj]"
      "\0\0\x08\0\x0b\0\x64\0\0\0\x0c\0\x0a\0\x59\xf4\xa9\x31\x74\x4d\xcd\xc6"
      "\x08\0\x08\0\1\0\0\0\x08\0\x09\0\x08\0\0\0",
      92};
  const auto one = filter_message(recorded);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->kind, "bpf");
  EXPECT_EQ(one->name, "t:[*fsobj]");
  for (std::size_t size = 0; size < recorded.size(); ++size)
    (void)filter_message(std::string_view{recorded}.substr(0, size));
}

} // namespace
} // namespace sshguardd::parse
