#include "engine/firewalld.hpp"
#include "engine/flow_answer.hpp"

#include <gtest/gtest.h>

namespace sshguardd::test {
namespace {

TEST(Firewalld, tells_the_zone_by_the_chain) {
  struct Row {
    const char* table;
    const char* chain;
    const char* zone;
    const char* policy;
    const char* part;
    bool panic = false;
    bool reload = false;
  };
  const Row rows[] = {
      {"firewalld", "filter_IN_public_allow", "public", "", "allow"},
      {"firewalld", "filter_IN_drop", "drop", "", ""},
      {"firewalld", "filter_IN_my-zone_1_deny", "my-zone_1", "", "deny"},
      {"firewalld", "nat_PRE_internal_allow", "internal", "", "allow"},
      {"firewalld", "mangle_PRE_public_pre", "public", "", "pre"},
      {"firewalld", "filter_IN_policy_allow-host-ipv6_allow", "", "allow-host-ipv6", "allow"},
      {"firewalld", "filter_IN_policy_mine", "", "mine", ""},
      {"firewalld", "filter_OUT_policy_out_deny", "", "out", "deny"},
      {"filter", "IN_public_allow", "public", "", "allow"}, // FirewallBackend=iptables
      {"firewalld", "filter_INPUT", "", "", ""},
      {"firewalld", "filter_INPUT_ZONES", "", "", ""},
      {"firewalld", "filter_PREROUTING", "", "", ""},
      {"firewalld", "filter_IN_", "", "", ""},
      {"firewalld", "filter_IN__allow", "_allow", "", ""},
      {"firewalld", "filter_IN_policy_", "", "", ""},
      {"firewalld", "filter_IN_a;b_allow", "", "", "allow"},
      {"firewalld", "filter_IN_--x_allow", "", "", "allow"},
      {"firewalld", "", "", "", ""},
      {"firewalld_policy_drop", "raw_prerouting", "", "", "", true},
      {"firewalld_policy_drop", "filter_input", "", "", "", false, true},
  };
  for (const Row& row : rows) {
    const firewall::Place place{
        .family = firewall::Family::inet, .table = row.table, .chain = row.chain};
    const engine::FirewalldPlace found = engine::firewalld_place(place, {});
    EXPECT_EQ(found.zone, row.zone) << row.chain;
    EXPECT_EQ(found.policy, row.policy) << row.chain;
    EXPECT_EQ(found.part, row.part) << row.chain;
    EXPECT_EQ(found.panic, row.panic) << row.chain;
    EXPECT_EQ(found.reload, row.reload) << row.chain;
  }
}

TEST(Firewalld, a_zone_s_target_behind_the_jump_to_it) {
  const auto jump_to = [](const char* chain) {
    return firewall::Rule{.handle = chain,
                          .text = {},
                          .comment = {},
                          .statements = {firewall::Verdict{
                              .kind = firewall::Verdict::Kind::jump, .chain = chain, .only = {}}}};
  };
  const auto end = [](const char* handle) {
    return firewall::Rule{.handle = handle, .text = {}, .comment = {}, .statements = {}};
  };
  const firewall::Chain policies{.name = "filter_INPUT_POLICIES",
                                 .base = {},
                                 .rules = {end("0"), jump_to("filter_IN_work"), end("1"),
                                           jump_to("filter_IN_policy_mine"), end("2"), end("3")}};
  firewall::Table table;
  table.family = firewall::Family::inet;
  table.name = "firewalld";
  table.chains = {policies};
  firewall::Ruleset rules;
  rules.tables = {table};
  const auto told = [&rules](const char* handle) {
    return engine::firewalld_place({.family = firewall::Family::inet,
                                    .table = "firewalld",
                                    .chain = "filter_INPUT_POLICIES",
                                    .rule = handle,
                                    .text = {}},
                                   rules);
  };
  EXPECT_EQ(told("1").zone, "work");
  EXPECT_EQ(told("1").part, "");
  EXPECT_EQ(told("2").policy, "mine");
  for (const char* handle : {"0", "3", "4", ""}) {
    EXPECT_EQ(told(handle).zone, "") << handle;
    EXPECT_EQ(told(handle).policy, "") << handle;
  }
}

TEST(Firewalld, tells_what_a_zone_has) {
  using engine::FirewalldZone;
  EXPECT_EQ(engine::in_words(FirewalldZone{}), "firewalld is not running, its table still filters");
  FirewalldZone zone{.running = true};
  EXPECT_EQ(engine::in_words(zone), "");
  zone.target = "default";
  EXPECT_EQ(engine::in_words(zone), "which has target default, no services");
  zone.target = "%%REJECT%%";
  zone.services = {"dhcpv6-client", "http"};
  zone.ports = {"8080/tcp"};
  zone.rich_rules = {"rule x"};
  zone.permanent_differs = true;
  EXPECT_EQ(engine::in_words(zone),
            "which has target REJECT, services dhcpv6-client http, ports 8080/tcp, 1 rich rules; "
            "its permanent configuration differs");
  zone.services.assign(200, std::string(1000, 'x'));
  EXPECT_LT(engine::in_words(zone).size(), 400U);
}

TEST(Firewalld, compares_whatever_the_order) {
  using engine::FirewalldZone;
  const FirewalldZone zone{.running = true, .target = "default", .services = {"ssh", "http"}};
  FirewalldZone other = zone;
  other.running = false;
  other.services = {"http", "ssh"};
  EXPECT_FALSE(zone.differs(other));
  other.services = {"http"};
  EXPECT_TRUE(zone.differs(other));
  other = zone;
  other.rich_rules = {"rule x"};
  EXPECT_TRUE(zone.differs(other));
}

} // namespace
} // namespace sshguardd::test
