#include "host/routes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

TEST(Routes, addresses_are_bytes_and_text) {
  const std::string seven{"\xcb\x00\x71\x07", 4};
  EXPECT_EQ(address_bytes("203.0.113.7"), seven);
  EXPECT_EQ(address_bytes("::ffff:203.0.113.7"), seven);
  EXPECT_EQ(address_text(seven), "203.0.113.7");
  EXPECT_EQ(address_text(address_bytes("2001:DB8::1")), "2001:db8::1");
  EXPECT_EQ(address_bytes("::1").size(), 16U);
  for (const std::string_view none :
       {"", "203.0.113", "203.0.113.7 ", "host", "fe80::1%eth0", "::ffff:1.2.3.4.5",
        "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111"})
    EXPECT_EQ(address_bytes(none), "") << none;
  EXPECT_EQ(address_bytes(std::string_view{"127.0.0.1\0x", 11}), "");
  EXPECT_EQ(address_text("abc"), "");
  EXPECT_EQ(address_text(""), "");
}

TEST(Routes, to_itself_is_local) {
  const auto way = way_to(address_bytes("127.0.0.1"));
  ASSERT_TRUE(way) << way.why();
  EXPECT_TRUE(way->local);
  EXPECT_EQ(way->interface, "lo");
  EXPECT_EQ(way->problem, "");
  const auto own = own_addresses();
  ASSERT_TRUE(own) << own.why();
  for (const OwnAddress& one : *own) {
    EXPECT_NE(one.interface, "");
    EXPECT_TRUE(one.bytes.size() == 4 || one.bytes.size() == 16);
    if (!one.global || !one.usable) continue;
    const auto to_own = way_to(one.bytes);
    ASSERT_TRUE(to_own) << to_own.why();
    EXPECT_TRUE(to_own->local) << address_text(one.bytes);
  }
}

TEST(Routes, questions_that_have_no_answer) {
  EXPECT_FALSE(way_to("abc"));
  EXPECT_FALSE(way_to(address_bytes("192.0.2.1"), address_bytes("2001:db8::1")));
  EXPECT_FALSE(way_to(address_bytes("127.0.0.1"), {}, "no-such-link0"));
  EXPECT_FALSE(way_to(address_bytes("127.0.0.1"), {}, std::string(100, 'x')));
  EXPECT_FALSE(way_to(address_bytes("192.0.2.1"), address_bytes("192.0.2.77")))
      << "not an address of this machine";
}

// In a name space of its own, in a child: whether all of that is as expected.
void expect_alone(bool (*as_expected)()) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (unshare(CLONE_NEWNET) != 0) _exit(2);
    _exit(as_expected() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 2) GTEST_SKIP() << "no name space to be had";
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

bool run(const char* command) {
  return std::system(command) == 0; // NOLINT(concurrency-mt-unsafe)
}

std::string problem(const char* address) {
  const auto way = way_to(address_bytes(address));
  return way ? way->problem : "unknown";
}

TEST(Routes, without_a_network_there_is_no_route) {
  expect_alone([] {
    return problem("192.0.2.1") == "no route" && problem("2001:db8::1") == "no route" &&
           own_addresses().known();
  });
}

TEST(Routes, that_lead_nowhere_are_told_apart) {
  if (!run("ip -V >/dev/null 2>&1")) GTEST_SKIP() << "no iproute2";
  expect_alone([] {
    if (!run("ip link add dum0 type veth peer name dum1 && "
             "ip link set dum0 up && ip link set dum1 up && ip link set lo up && "
             "ip addr add 192.0.2.5/24 dev dum0 && ip -6 addr add 2001:db8::5/64 dev dum0 nodad && "
             "ip route add default via 192.0.2.1 && ip route add unreachable 198.51.100.1 && "
             "ip route add blackhole 198.51.100.2 && ip route add prohibit 198.51.100.3 && "
             "ip -6 route add unreachable 2001:db8:1::1 && "
             "ip -6 route add blackhole 2001:db8:1::2 && ip -6 route add prohibit 2001:db8:1::3"))
      return false;
    const auto on_link = way_to(address_bytes("192.0.2.9"));
    const auto beyond = way_to(address_bytes("203.0.113.7"), address_bytes("192.0.2.5"));
    const auto link_local = way_to(address_bytes("fe80::77"));
    const auto named = way_to(address_bytes("fe80::77"), {}, "dum0");
    return problem("198.51.100.1") == "unreachable" && problem("198.51.100.2") == "blackhole" &&
           problem("198.51.100.3") == "prohibit" && problem("2001:db8:1::1") == "unreachable" &&
           problem("2001:db8:1::2") == "blackhole" && problem("2001:db8:1::3") == "prohibit" &&
           on_link && on_link->gateway.empty() && on_link->interface == "dum0" &&
           on_link->own == address_bytes("192.0.2.5") && beyond &&
           beyond->gateway == address_bytes("192.0.2.1") && !link_local && named &&
           named->interface == "dum0";
  });
}

} // namespace
} // namespace sshguardd::host
