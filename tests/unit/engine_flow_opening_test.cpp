// Of ufw and firewalld the chains that matter here, in their shape.
#include "engine/flow_opening.hpp"

#include "engine/packet_walk.hpp"
#include "firewall_rules.hpp"

#include <gtest/gtest.h>

namespace sshguardd::engine {
namespace {

using namespace firewall::rules;
using firewall::Family;
using firewall::Field;
using firewall::Hook;
using firewall::Ruleset;
using Rows = std::vector<std::vector<firewall::Statement>>;

const std::string bastion = bytes({198, 51, 100, 9});

// user: what people have said, "ufw-user-input"; before: their own part of before.rules.
Ruleset ufw(Rows user = {}, Rows before = {}, firewall::Verdict policy = drop, Rows rejects = {}) {
  before.insert(before.begin(), {{is(Field::iifname, "lo"), accept}});
  before.push_back({ct(established | related), accept});
  before.push_back({jump("ufw-user-input")});
  return {.tables = {table({named("INPUT", input(std::move(policy), {{jump("ufw-before-input")},
                                                                     {jump("ufw-reject-input")}})),
                            chain("ufw-before-input", std::move(before)),
                            chain("ufw-user-input", std::move(user)),
                            chain("ufw-reject-input", std::move(rejects))},
                           {}, Family::ip)},
          .unread = {}};
}

// zones: the dispatch; of public what people have said in its parts.
Ruleset firewalld(Rows zones, Rows deny = {}, Rows allow = {},
                  firewall::Verdict target = reject(firewall::RejectKind::admin_prohibited)) {
  zones.push_back({go_to("filter_IN_public")});
  const auto zone = [](const std::string& name, firewall::Verdict end) {
    return chain("filter_IN_" + name, {{jump("filter_IN_" + name + "_deny")},
                                       {jump("filter_IN_" + name + "_allow")},
                                       {std::move(end)}});
  };
  return {.tables = {table({named("filter_INPUT", input(accept,
                                                        {{ct(established | related), accept},
                                                         {is(Field::iifname, "lo"), accept},
                                                         {jump("filter_INPUT_ZONES")},
                                                         {reject()}},
                                                        10)),
                            chain("filter_INPUT_ZONES", std::move(zones)),
                            zone("public", std::move(target)),
                            chain("filter_IN_public_deny", std::move(deny)),
                            chain("filter_IN_public_allow", std::move(allow)), zone("drop", drop),
                            chain("filter_IN_drop_deny", {}), chain("filter_IN_drop_allow", {}),
                            zone("block", reject()), chain("filter_IN_block_deny", {}),
                            chain("filter_IN_block_allow", {}), zone("internal", reject()),
                            chain("filter_IN_internal_deny", {}),
                            chain("filter_IN_internal_allow", {{dport(22), accept}})},
                           {}, Family::inet, "firewalld")},
          .unread = {}};
}

// From 2.3 on: the targets stand behind the jumps to the zones.
Ruleset firewalld_2_3(Rows zones, firewall::Verdict target = reject()) {
  zones.push_back({jump("filter_IN_policy_allow-host-ipv6")});
  zones.push_back({jump("filter_IN_public")});
  zones.push_back({std::move(target)});
  const auto zone = [](const std::string& name) {
    return chain("filter_IN_" + name, {{jump("filter_IN_" + name + "_allow")}});
  };
  return {.tables = {table({named("filter_INPUT", input(accept,
                                                        {{ct(established | related), accept},
                                                         {jump("filter_INPUT_POLICIES")},
                                                         {reject()}},
                                                        10)),
                            chain("filter_INPUT_POLICIES", std::move(zones)),
                            chain("filter_IN_policy_allow-host-ipv6", {}), zone("public"),
                            chain("filter_IN_public_allow", {}), zone("drop"),
                            chain("filter_IN_drop_allow", {}), zone("block"),
                            chain("filter_IN_block_allow", {})},
                           {}, Family::inet, "firewalld")},
          .unread = {}};
}

Ruleset and_also(Ruleset rules, firewall::Table table) {
  rules.tables.push_back(std::move(table));
  return rules;
}

const std::string other_own = bytes({10, 8, 0, 1});

std::optional<Opening> opening(const Ruleset& rules) {
  auto connection = connection4();
  connection.local.push_back(other_own);
  Openings openings{rules};
  return openings.of(connection, firewall::walk(rules, connection));
}

TEST(FlowOpening, TheOwnersDefaultCanBeOpened) {
  const auto by_ufw = opening(ufw());
  ASSERT_TRUE(by_ufw);
  EXPECT_EQ(by_ufw->owner, "ufw");
  EXPECT_FALSE(by_ufw->behind);
  const auto rejects = opening(ufw({}, {}, drop, {{reject()}}));
  ASSERT_TRUE(rejects);
  EXPECT_EQ(rejects->owner, "ufw");
  const auto by_firewalld = opening(firewalld({}));
  ASSERT_TRUE(by_firewalld);
  EXPECT_EQ(by_firewalld->owner, "firewalld");
  EXPECT_EQ(by_firewalld->zone, "public");
  const auto by_newer = opening(firewalld_2_3({}));
  ASSERT_TRUE(by_newer);
  EXPECT_EQ(by_newer->zone, "public");
  // A zone by interface, of the one that it comes by.
  EXPECT_TRUE(opening(firewalld({{is(Field::iifname, "eth0"), go_to("filter_IN_public")}})));
  // Other ports are nobody's purpose about this one.
  EXPECT_TRUE(opening(ufw({{dport(443), accept}})));
  EXPECT_TRUE(opening(firewalld({}, {}, {{dport(443), accept}})));
}

TEST(FlowOpening, BansOfUfwStayAheadOfIt) {
  const Ruleset rules = ufw({{saddr(bastion), reject()}, {dport(443), accept}});
  const auto found = opening(rules);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->behind);
}

TEST(FlowOpening, WhatSomebodyWantsIsLeftAlone) {
  firewall::Table dynamic = table({}, {set("met", {})}, Family::ip, "other");
  dynamic.sets[0].dynamic = true;
  dynamic.chains = {chain("unused", {{in_set(Field::ip_saddr, "met"), drop}})};
  const firewall::Table other = table({input(drop, {}, 5)}, {}, Family::inet, "mine");
  const firewall::Table panic =
      table({base(Hook::prerouting, -291, drop)}, {}, Family::inet, "firewalld_policy_drop");
  const auto unread = [](Ruleset rules) {
    rules.unread = {"ip nat: iptables-legacy-save is not installed"};
    return rules;
  };
  const struct {
    const char* what;
    Ruleset rules;
  } rows[] = {
      {"it is let in", ufw({{dport(22), accept}})},
      {"raw nftables", {.tables = {table({input(drop)})}, .unread = {}}},
      {"ufw: a rule for that port", ufw({{dport(22), drop}})},
      {"ufw: a rule for all ports", ufw({{reject()}})},
      {"ufw: a ban", ufw({{saddr(client), drop}})},
      {"ufw: a restriction to addresses", ufw({{saddr(bastion), dport(22), accept}})},
      {"ufw: a restriction to an address, slowed down",
       ufw({{saddr(bastion), dport(22), limit(), accept}})},
      {"ufw: a restriction to an interface", ufw({{is(Field::iifname, "wg0"), dport(22), accept}})},
      {"ufw: a restriction to interfaces of a kind",
       ufw({{is(Field::iifname, "tun*"), dport(22), accept}})},
      {"ufw: a restriction to an address by an interface",
       ufw({{is(Field::iifname, "wg0"), saddr(bastion), dport(22), accept}})},
      {"ufw: a restriction to another address of its own",
       ufw({{is(Field::ip_daddr, other_own), dport(22), accept}})},
      {"ufw: a restriction to an address, an interface, an address of its own",
       ufw({{is(Field::iifname, "wg0"), saddr(bastion), is(Field::ip_daddr, other_own), dport(22),
             accept}})},
      {"ufw: a rule of before.rules", ufw({}, {{dport(22), drop}})},
      {"ufw: a jump that goes by the address",
       ufw({},
           {{match(Field::ip_saddr, firewall::Match::Op::not_equal, {element(bastion)}),
             go_to("ufw-reject-input")}},
           drop, {{reject()}})},
      {"ufw: another one drops as well", and_also(ufw(), other)},
      {"ufw: who banned packets name themselves", and_also(ufw(), dynamic)},
      {"ufw: rules that were not read", unread(ufw())},
      {"firewalld 2.3: a drop zone",
       firewalld_2_3({{is(Field::iifname, "eth0"), jump("filter_IN_drop")},
                      {is(Field::iifname, "eth0"), drop}})},
      {"firewalld 2.3: a block zone",
       firewalld_2_3({{is(Field::iifname, "eth0"), jump("filter_IN_block")},
                      {is(Field::iifname, "eth0"), reject()}})},
      {"firewalld 2.3: a zone by source",
       firewalld_2_3({{saddr(client), jump("filter_IN_public")}, {saddr(client), reject()}})},
      {"firewalld 2.3: the target drops", firewalld_2_3({}, drop)},
      {"firewalld: a drop zone",
       firewalld({{is(Field::iifname, "eth0"), go_to("filter_IN_drop")}})},
      {"firewalld: a block zone",
       firewalld({{is(Field::iifname, "eth0"), go_to("filter_IN_block")}})},
      {"firewalld: a target of DROP", firewalld({}, {}, {}, drop)},
      {"firewalld: a zone by source", firewalld({{saddr(client), go_to("filter_IN_public")}})},
      {"firewalld: a rich rule", firewalld({}, {{dport(22), reject()}})},
      {"firewalld: a rich rule for it", firewalld({}, {{saddr(client), drop}})},
      {"firewalld: a rich rule lets in others",
       firewalld({}, {}, {{saddr(bastion), dport(22), accept}})},
      {"firewalld: a zone by source lets in others",
       firewalld({{saddr(bastion), go_to("filter_IN_internal")}})},
      {"firewalld: a zone by interface lets in others",
       firewalld({{is(Field::iifname, "eth1"), go_to("filter_IN_internal")}})},
      {"firewalld: a zone by interface lets in others by address",
       firewalld({{is(Field::iifname, "eth1"), saddr(bastion), go_to("filter_IN_internal")}})},
      {"firewalld: panic", and_also(firewalld({}), panic)},
      {"firewalld: another one drops as well", and_also(firewalld({}), other)},
  };
  for (const auto& row : rows)
    EXPECT_FALSE(opening(row.rules)) << row.what;
}

TEST(FlowOpening, WhoGetsInFromInsideTheMachineIsNobody) {
  const Ruleset rules = ufw({{is(Field::iifname, "docker0"), dport(22), accept}});
  EXPECT_EQ(anybody_gets_in(rules, connection4()), true);
  EXPECT_EQ(anybody_gets_in(rules, connection4(), {"docker0"}), false);
  EXPECT_FALSE(opening(rules)) << "whoever wrote it may have meant nobody else";
}

TEST(FlowOpening, TooManyToAskIsNoAnswer) {
  Rows rows;
  for (int i = 0; i < 30; ++i)
    rows.push_back({is(Field::iifname, "br" + std::to_string(i)), dport(443), accept});
  for (int i = 0; i < 30; ++i)
    rows.push_back({saddr(bytes({10, 9, 0, i})), dport(443), accept});
  const Ruleset rules = ufw(rows);
  auto connection = connection4();
  EXPECT_EQ(anybody_gets_in(rules, connection), false);
  for (int i = 0; i < 30; ++i)
    connection.local.push_back(bytes({10, 9, 1, i}));
  EXPECT_EQ(anybody_gets_in(rules, connection), std::nullopt);
  Openings openings{rules};
  EXPECT_FALSE(openings.of(connection, firewall::walk(rules, connection)));
}

TEST(FlowOpening, AllIsAskedOnceOfAPortAndFamily) {
  const Ruleset rules = ufw();
  Openings openings{rules};
  auto connection = connection4();
  for (int last = 1; last < 20; ++last) {
    connection.source.back() = static_cast<char>(last);
    EXPECT_TRUE(openings.of(connection, firewall::walk(rules, connection)));
  }
}

} // namespace
} // namespace sshguardd::engine
