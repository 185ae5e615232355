#include "parse/listen.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sshguardd::test {

TEST(Listen, TextAndBack) {
  const std::vector<ListenAddress> list{{"0.0.0.0", 22, false}, {"::", 2222, true}};
  EXPECT_EQ(parse::text_of(list), "0.0.0.0:22, [::]:2222");
  const auto back = parse::listen_addresses(parse::text_of(list) + "\n");
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].address, "0.0.0.0");
  EXPECT_EQ(back[1].address, "::");
  EXPECT_EQ(back[1].port, 2222);
  EXPECT_TRUE(back[1].ipv6);
}

TEST(Listen, WhatIsNoAddressIsLeftOut) {
  for (const char* text : {"", "\n", ",,,", ":22", "[]:22", "1.2.3.4", "1.2.3.4:", "1.2.3.4:0",
                           "1.2.3.4:99999", "1.2.3.4:22x", "1.2.3.4:-1", "vsock:2:22", "vsock::22",
                           "::1:22", "[:22", "]:22", "/run/ssh.sock", "[::1]:22x%eth0"})
    EXPECT_TRUE(parse::listen_addresses(text).empty()) << text;
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += "1.2.3.4:22, ";
  EXPECT_LE(parse::listen_addresses(many).size(), 64U);
}

TEST(Listen, AZoneStandsBehindThePort) {
  const auto list = parse::listen_addresses("[fe80::1]:22%eth0, [fe80::2%eth1]:23");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].address, "fe80::1%eth0");
  EXPECT_EQ(list[0].port, 22);
  EXPECT_EQ(list[1].address, "fe80::2%eth1");
  EXPECT_EQ(parse::text_of(list), "[fe80::1%eth0]:22, [fe80::2%eth1]:23");
}

TEST(Listen, TheSameAddress) {
  struct Row {
    const char* one;
    const char* other;
    bool same;
  };
  const Row rows[] = {
      {"10.0.0.1", "10.0.0.1", true},
      {"10.0.0.1", "10.0.0.10", false},
      {"fe80::1", "fe80::1%eth0", true},
      {"fe80::1%eth0", "fe80::1%eth0", true},
      {"fe80::1%eth0", "fe80::1%eth1", false},
      {"fe80::1", "fe80::2%eth0", false},
      {"::ffff:10.0.0.1", "10.0.0.1", true},
      {"::ffff:10.0.0.1", "10.0.0.2", false},
      {"::ffff:1", "1", false},
      {"::", "0.0.0.0", false},
      {"", "%", true}, // neither is one
      {"", "10.0.0.1", false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(parse::same_address(row.one, row.other), row.same) << row.one << " " << row.other;
    EXPECT_EQ(parse::same_address(row.other, row.one), row.same) << row.one << " " << row.other;
  }
}

TEST(Listen, WhatASocketUnitNames) {
  Unit socket;
  socket.listen = {{"Stream", "[::]:22"},     {"Datagram", "0.0.0.0:53"},  {"Stream", "/run/ssh"},
                   {"Stream", "vsock::22"},   {"Stream", "10.0.0.5:2222"}, {"FIFO", "1.2.3.4:22"},
                   {"Stream", "@abstract:22"}};
  EXPECT_EQ(parse::text_of(parse::stream_addresses(socket)), "[::]:22, 10.0.0.5:2222");
}

TEST(Listen, WhoIsThere) {
  Listener one{"0.0.0.0", 22, false, false};
  EXPECT_EQ(parse::holder_text(one), "another program");
  one.group = "/system.slice/nginx.service";
  one.program = "nginx";
  one.pid = 7;
  EXPECT_EQ(parse::holder_text(one), "nginx (pid 7) of nginx.service");
  one.group = "/";
  EXPECT_EQ(parse::holder_text(one), "nginx (pid 7)");
}

TEST(Listen, WhatOnlyTheKernelKnows) {
  const std::vector<std::string> addresses{"127.0.0.1", "::1", "10.0.0.1", "fe80::1"};
  for (const char* known : {"127.0.0.1", "127.0.0.2", "127.255.255.254", "10.0.0.1"})
    EXPECT_FALSE(parse::to_be_asked({known, 22, false}, addresses)) << known;
  for (const char* known : {"::1", "fe80::1", "fe80::1%eth0", "::"})
    EXPECT_FALSE(parse::to_be_asked({known, 22, true}, addresses)) << known;
  EXPECT_TRUE(parse::to_be_asked({"10.0.0.2", 22, false}, addresses));
  EXPECT_TRUE(parse::to_be_asked({"fe80::2%eth0", 22, true}, addresses));

  Snapshot snapshot;
  const ListenAddress away{"10.0.0.2", 22, false};
  EXPECT_TRUE(parse::could_be_bound(away, snapshot)) << "in doubt";
  snapshot.addresses = addresses;
  EXPECT_TRUE(parse::could_be_bound(away, snapshot)) << "routed here";
  snapshot.unbindable = {"10.0.0.2"};
  EXPECT_FALSE(parse::could_be_bound(away, snapshot));
  EXPECT_TRUE(parse::could_be_bound({"0.0.0.0", 22, false}, snapshot));
  snapshot.addresses = std::vector<std::string>{"127.0.0.1"};
  EXPECT_FALSE(parse::could_be_bound({"::", 22, true}, snapshot));
}

TEST(Listen, ObstructsAndServes) {
  struct Row {
    Listener there;
    ListenAddress wanted;
    bool obstructs;
    bool serves;
  };
  const Row rows[] = {
      {{"0.0.0.0", 22, false}, {"0.0.0.0", 22, false}, true, true},
      {{"127.0.0.1", 22, false}, {"0.0.0.0", 22, false}, true, false},
      {{"0.0.0.0", 22, false}, {"127.0.0.1", 22, false}, true, true},
      {{"10.0.0.1", 22, false}, {"10.0.0.2", 22, false}, false, false},
      {{"::", 22, true}, {"0.0.0.0", 22, false}, false, false},
      {{"0.0.0.0", 23, false}, {"0.0.0.0", 22, false}, false, false},
      {{"fe80::1", 22, true}, {"fe80::1%eth0", 22, true}, true, true},
      {{"::", 22, true}, {"fe80::1%eth0", 22, true}, true, true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(parse::obstructs(row.there, row.wanted), row.obstructs) << row.there.address;
    EXPECT_EQ(parse::serves(row.there, row.wanted), row.serves) << row.there.address;
  }
}

} // namespace sshguardd::test
