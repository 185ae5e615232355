#include "engine/socket_filters.hpp"

#include "parse/address_prefixes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sshguardd::engine {
namespace {

using Filters = std::vector<firewall::SocketFilter>;

ShownProperties unit(std::string id, ShownProperties more = {}) {
  more.emplace("Id", std::move(id));
  more.emplace("Slice", "system.slice");
  return more;
}

// Of a unit with one port, of whose programs that is known.
Filters filters(const std::vector<ShownProperties>& shown, std::optional<std::size_t> own,
                std::optional<std::size_t> all) {
  return socket_filters(shown, {{.id = "ssh.service",
                                 .ports = {22},
                                 .ingress = {.own = own, .all = all},
                                 .egress = {.own = own, .all = all}}});
}

std::string texts(const std::vector<firewall::SocketFilter::Prefix>& list) {
  std::string text;
  for (const auto& one : list)
    text += one.text + " ";
  return text;
}

TEST(AddressPrefixes, as_systemd_prints_them) {
  const auto list = parse::address_prefixes("::/0 0.0.0.0/0 10.0.0.0/8 ::1 203.0.113.7");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 5U);
  EXPECT_EQ((*list)[0].bytes.size(), 16U);
  EXPECT_EQ((*list)[0].length, 0);
  EXPECT_EQ((*list)[2].length, 8);
  EXPECT_EQ((*list)[3].length, 128);
  EXPECT_EQ((*list)[4].length, 32);
  EXPECT_TRUE(parse::address_prefixes("")->empty());
  EXPECT_TRUE(parse::address_prefixes(" \n ")->empty());
  for (const char* wrong :
       {"any", "[not set]", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x",
        "10.0.0", "10.0.0.0/8/8", "/8", "10.0.0.0/99999999999999999999", "1.2.3.4 x"})
    EXPECT_FALSE(parse::address_prefixes(wrong)) << wrong;
  std::string many;
  for (int i = 0; i < 20000; ++i)
    many += "::/0 ";
  EXPECT_FALSE(parse::address_prefixes(many));
}

TEST(SocketFilters, slices_and_those_above) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(slices_of("system.slice"), (Names{"system.slice", "-.slice"}));
  EXPECT_EQ(slices_of("a-b-c.slice"), (Names{"a-b-c.slice", "a-b.slice", "a.slice", "-.slice"}));
  EXPECT_EQ(slices_of("-.slice"), (Names{"-.slice"}));
  EXPECT_EQ(slices_of(""), Names{});
  EXPECT_EQ(slices_of("ssh.service"), Names{});
  EXPECT_LE(slices_of(std::string(500, '-') + ".slice").size(), 17U);
}

TEST(SocketFilters, nothing_is_set) {
  const std::vector<ShownProperties> plain{
      unit("ssh.service", {{"IPAddressAllow", ""}, {"IPAccounting", "no"}}), unit("system.slice")};
  EXPECT_TRUE(filters(plain, 0, 0).empty());
  EXPECT_TRUE(filters(plain, std::nullopt, std::nullopt).empty());
  EXPECT_TRUE(filters({}, 0, 0).empty());
  EXPECT_TRUE(socket_filters(plain, {}).empty());
}

TEST(SocketFilters, lists_of_the_unit_and_of_its_slices) {
  const auto all = filters({unit("ssh.service", {{"IPAddressAllow", "10.0.0.0/8"}}),
                            unit("system.slice", {{"IPAddressDeny", "::/0 0.0.0.0/0"}}),
                            unit("-.slice", {{"IPAddressAllow", "::1/128"}}),
                            unit("user.slice", {{"IPAddressAllow", "192.0.2.0/24"}})},
                           1, 2);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].port, 22);
  EXPECT_EQ(all[0].unit, "ssh.service");
  EXPECT_EQ(texts(all[0].allow), "10.0.0.0/8 ::1/128 ");
  EXPECT_EQ(texts(all[0].deny), "::/0 0.0.0.0/0 ");
  EXPECT_FALSE(all[0].unsure);
  EXPECT_EQ(all[0].program, "");
}

TEST(SocketFilters, what_the_kernel_has_not_got_does_nothing) {
  const std::vector<ShownProperties> shown{unit("ssh.service", {{"IPAddressDeny", "0.0.0.0/0"}}),
                                           unit("system.slice")};
  EXPECT_TRUE(filters(shown, 0, 0).empty());
  const auto unsure = filters(shown, std::nullopt, std::nullopt);
  ASSERT_EQ(unsure.size(), 1U);
  EXPECT_TRUE(unsure[0].unsure);
  const auto sure = filters(shown, 1, 1);
  ASSERT_EQ(sure.size(), 1U);
  EXPECT_FALSE(sure[0].unsure);
  EXPECT_TRUE(filters({unit("ssh.service", {{"IPAddressAllow", "10.0.0.0/8"}})}, 1, 1).empty())
      << "who is allowed keeps nobody out";
}

TEST(SocketFilters, accounting_explains_a_program) {
  const std::vector<ShownProperties> shown{unit("ssh.service", {{"IPAccounting", "yes"}}),
                                           unit("system.slice", {{"IPAccounting", "yes"}})};
  EXPECT_TRUE(filters(shown, 1, 2).empty());
  const auto more = filters(shown, 1, 3);
  ASSERT_EQ(more.size(), 1U);
  EXPECT_EQ(more[0].program, "a BPF program of the control group of ssh.service");
}

TEST(SocketFilters, programs_of_others) {
  const auto named = filters({unit("ssh.service", {{"IPIngressFilterPath", "/sys/fs/bpf/x"}})},
                             std::nullopt, std::nullopt);
  ASSERT_EQ(named.size(), 1U);
  EXPECT_EQ(named[0].program, "IPIngressFilterPath=/sys/fs/bpf/x of ssh.service");
  EXPECT_EQ(
      filters({unit("ssh.service"), unit("system.slice", {{"IPAddressDeny", "nonsense"}})}, 0, 0)
          .at(0)
          .program,
      "IPAddressDeny= of system.slice, not understood");
  EXPECT_EQ(filters({unit("ssh.service")}, 0, 1).size(), 1U);
}

TEST(SocketFilters, a_program_beside_the_lists) {
  for (const bool by_slice : {false, true}) {
    const ShownProperties deny{{"IPAddressDeny", "192.0.2.0/24"}};
    const std::vector<ShownProperties> shown{
        unit("ssh.service", by_slice ? ShownProperties{} : deny),
        unit("system.slice", by_slice ? deny : ShownProperties{})};
    ASSERT_EQ(filters(shown, 1, 1).size(), 1U);
    EXPECT_EQ(filters(shown, 1, 1)[0].program, "");
    EXPECT_NE(filters(shown, 1, 3)[0].program, "");
  }
}

TEST(SocketFilters, each_port_has_its_own) {
  const std::vector<ShownProperties> shown{unit("ssh.service", {{"IPAddressDeny", "0.0.0.0/0"}})};
  const auto all = socket_filters(shown, {{.id = "ssh.service",
                                           .ports = {22, 2222},
                                           .ingress = {.own = 1, .all = 1},
                                           .egress = {.own = 1, .all = 1}}});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].port, 2222);
}

} // namespace
} // namespace sshguardd::engine
