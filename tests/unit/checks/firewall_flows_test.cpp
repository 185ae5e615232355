#include "flow_fixture.hpp"

namespace sshguardd::test {
namespace {

using Whose = Flow::Whose;

std::vector<Finding> all(const Snapshot& snapshot) {
  std::vector<Finding> findings;
  for (const char* id : {"firewall.rejects", "firewall.drops", "firewall.partial"})
    for (Finding& finding : run(id, snapshot))
      findings.push_back(std::move(finding));
  return findings;
}

TEST(FirewallFlows, how_bad_it_is_that_somebody_is_kept_out) {
  struct Row {
    const char* what;
    std::vector<Flow> flows;
    bool somebody;
    const char* id; // empty: silent
    Severity severity;
  };
  Flow named = flow_of(Whose::configured, Kind::dropped);
  Flow ban = flow_of(Whose::login, Kind::dropped, true);
  ban.ban = true;
  Flow six = flow_of(Whose::anyone, Kind::dropped, true);
  six.ipv6 = true;
  const Flow in = flow_of(Whose::login, Kind::accepted, true);
  const auto at_2222 = [](Flow flow) {
    flow.port = 2222;
    return flow;
  };
  const Flow anyone_in = flow_of(Whose::anyone, Kind::accepted, true);
  const Row rows[] = {
      {"all get in", {in, anyone_in}, true, "", {}},
      {"no rule was asked", {}, true, "", {}},
      {"who got in is dropped",
       {flow_of(Whose::login, Kind::dropped, true), anyone_in},
       true,
       "firewall.drops",
       Severity::critical},
      {"who got in is rejected",
       {flow_of(Whose::login, Kind::rejected, true), anyone_in},
       true,
       "firewall.rejects",
       Severity::critical},
      {"who is translated elsewhere",
       {flow_of(Whose::login, Kind::forwarded, true), anyone_in},
       true,
       "firewall.drops",
       Severity::critical},
      {"the restriction was there before",
       {flow_of(Whose::login, Kind::dropped), in},
       true,
       "firewall.partial",
       Severity::info},
      {"the configuration names it", {named, in}, true, "firewall.drops", Severity::critical},
      {"he never got in by that port, and does by another",
       {flow_of(Whose::login, Kind::dropped), at_2222(in)},
       true,
       "firewall.partial",
       Severity::info},
      {"he got in by that port, and does by another",
       {flow_of(Whose::login, Kind::dropped, true), at_2222(in)},
       true,
       "firewall.drops",
       Severity::warning},
      {"he got in, and does at another address",
       {flow_of(Whose::login, Kind::dropped, true),
        [&] {
          Flow other = at_2222(in);
          other.destination = "192.168.7.7";
          return other;
        }()},
       true,
       "firewall.drops",
       Severity::critical},
      {"he got in, and does at another address by another interface",
       {flow_of(Whose::login, Kind::dropped, true),
        [&] {
          Flow other = in;
          other.destination = "192.168.7.7";
          other.other_address = true;
          return other;
        }()},
       true,
       "firewall.drops",
       Severity::warning},
      {"he was dropped until nobody could tell",
       {[] {
          Flow flow = flow_of(Whose::login, Kind::undecided, true);
          flow.shut_out_before = true;
          return flow;
        }(),
        anyone_in},
       true,
       "firewall.drops",
       Severity::warning},
      {"he was dropped, and as a rule gets in",
       {[] {
          Flow flow = flow_of(Whose::login, Kind::undecided, true);
          flow.shut_out_before = true;
          flow.usually = true;
          return flow;
        }(),
        anyone_in},
       true,
       "",
       {}},
      {"the configuration names it, it gets in by another port",
       {named, at_2222(flow_of(Whose::configured, Kind::accepted, true))},
       true,
       "firewall.drops",
       Severity::warning},
      {"everybody got in by that port, and does by another",
       {flow_of(Whose::anyone, Kind::dropped, true), at_2222(anyone_in)},
       true,
       "firewall.drops",
       Severity::warning},
      {"a ban is another finding's", {ban, in}, true, "", {}},
      {"everybody else lost it, who is known gets in",
       {in, flow_of(Whose::anyone, Kind::dropped, true)},
       true,
       "firewall.partial",
       Severity::info},
      {"everybody lost it, and nobody is known",
       {flow_of(Whose::anyone, Kind::dropped, true)},
       true,
       "firewall.drops",
       Severity::critical},
      {"everybody lost it by one family",
       {anyone_in, six},
       true,
       "firewall.drops",
       Severity::warning},
      {"restricted since ever, and nobody is known",
       {flow_of(Whose::anyone, Kind::dropped)},
       true,
       "firewall.partial",
       Severity::info},
      {"nobody gets in from anywhere, nobody ever came",
       {flow_of(Whose::anyone, Kind::dropped)},
       false,
       "firewall.drops",
       Severity::warning},
      {"nobody gets in from anywhere, somebody had",
       {flow_of(Whose::login, Kind::dropped), flow_of(Whose::anyone, Kind::dropped)},
       false,
       "firewall.drops",
       Severity::critical},
      {"not decided is not shut out", {flow_of(Whose::login, Kind::undecided, true)}, true, "", {}},
  };
  for (const Row& row : rows) {
    const auto findings = all(with_flows(row.flows, row.somebody));
    if (*row.id == '\0') {
      EXPECT_TRUE(findings.empty()) << row.what;
      continue;
    }
    ASSERT_EQ(findings.size(), 1U) << row.what;
    EXPECT_EQ(findings[0].id, row.id) << row.what;
    EXPECT_EQ(findings[0].severity, row.severity) << row.what;
  }
}

// Of the other family nothing is known, or it gets in: "everybody" would be too much.
TEST(FirewallFlows, everybody_is_of_the_families_that_are_kept_out) {
  Flow four = flow_of(Whose::anyone, Kind::dropped, true);
  Flow six = four;
  six.ipv6 = true;
  const auto said = [](const std::vector<Flow>& flows, bool somebody) {
    const std::string text = all(with_flows(flows, somebody))[0].summary;
    return text.substr(0, text.find(':'));
  };
  EXPECT_TRUE(said({four, six}, false).ends_with(" drops everybody"));
  EXPECT_TRUE(said({four}, false).ends_with(" drops everybody by IPv4"));
  EXPECT_TRUE(said({six}, false).ends_with(" drops everybody by IPv6"));
  six.answer = Kind::accepted;
  EXPECT_TRUE(said({four, six}, true).ends_with(" drops everybody else by IPv4"));
}

TEST(FirewallFlows, says_who_is_kept_out_by_what_and_what_to_do) {
  Flow flow = flow_of(Whose::login, Kind::dropped, true);
  flow.owner = "ufw";
  flow.fix = "ufw prepend allow from 203.0.113.7 to any port 22 proto tcp";
  const auto findings = run("firewall.drops", with_flows({flow}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary,
            "ufw drops 203.0.113.7: inet filter input handle 7: tcp dport 22 drop");
  EXPECT_EQ(findings[0].sees, Sees::timeout);
  ASSERT_EQ(findings[0].fix.size(), 2U);
  EXPECT_EQ(findings[0].fix[0], flow.fix);
  ASSERT_EQ(findings[0].evidence.size(), 1U);
  EXPECT_EQ(findings[0].evidence[0].what, "203.0.113.7 to port 22 by eth0");
}

TEST(FirewallFlows, a_long_rule_leaves_room_on_the_console) {
  Flow flow = flow_of(Whose::login, Kind::dropped, true);
  flow.rule = std::string(4000, 'x');
  const auto findings = run("firewall.drops", with_flows({flow}));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_LT(findings[0].summary.size(), 90U);
}

TEST(FirewallFlows, who_lost_it_can_be_let_in_again_by_the_owner) {
  const auto by_ufw = [](Flow::Whose whose, bool before) {
    Flow flow = flow_of(whose, Kind::dropped, before);
    flow.owner = flow.opener = "ufw";
    return flow;
  };
  const auto changed = [](Flow flow, auto how) {
    how(flow);
    return flow;
  };
  const Flow login = by_ufw(Whose::login, true);
  const Flow anyone = by_ufw(Whose::anyone, true);
  const Flow by_rule = changed(anyone, [](Flow& flow) { flow.opener.clear(), flow.ipv6 = true; });
  const auto six = [&](bool before) {
    return changed(by_ufw(Whose::anyone, before), [](Flow& flow) { flow.ipv6 = true; });
  };
  const Flow login6 = changed(login, [](Flow& flow) {
    flow.ipv6 = true;
    flow.source = "2001:db8::7";
  });
  struct Row {
    const char* what;
    std::vector<Flow> flows;
    bool opens;
    std::vector<std::string> sources;
  };
  const Row rows[] = {
      {"everybody had it", {login, anyone, six(true)}, true, {}},
      {"everybody had it, nobody is known", {anyone, six(true)}, true, {}},
      {"everybody had it by IPv4", {login, anyone, six(false)}, true, {"0.0.0.0/0"}},
      {"everybody had it by IPv4, there is no IPv6", {login, anyone}, true, {"0.0.0.0/0"}},
      {"everybody had it by IPv4, and one by IPv6",
       {login, login6, anyone, six(false)},
       true,
       {"0.0.0.0/0", login6.source}},
      {"everybody had it by IPv6 alone",
       {login, login6, by_ufw(Whose::anyone, false), six(true)},
       true,
       {"::/0", login.source}},
      {"only he had it", {login, by_ufw(Whose::anyone, false)}, true, {login.source}},
      {"he twice",
       {login, login, changed(login, [](Flow& flow) { flow.source = "192.0.2.5"; })},
       true,
       {login.source, "192.0.2.5"}},
      {"the configuration names it", {by_ufw(Whose::configured, false)}, true, {login.source}},
      {"never let in, and nobody has to be", {by_ufw(Whose::anyone, false)}, false, {}},
      {"somebody's rule", {changed(login, [](Flow& flow) { flow.opener.clear(); })}, false, {}},
      {"two owners",
       {login, changed(anyone, [](Flow& flow) { flow.opener = "firewalld"; })},
       false,
       {}},
      {"two zones", {login, changed(anyone, [](Flow& flow) { flow.zone = "dmz"; })}, false, {}},
      {"everybody else's is somebody's rule", {login, by_rule}, false, {}},
      {"somebody's rule for who never had it",
       {login, changed(by_rule, [](Flow& flow) { flow.accepted_before = false; })},
       true,
       {login.source}},
      {"a ban of somebody else",
       {login, anyone, changed(by_rule, [](Flow& flow) { flow.ban = true; })},
       true,
       {"0.0.0.0/0"}},
      {"another port is another finding's",
       {login, changed(by_rule, [](Flow& flow) { flow.port = 2222; })},
       true,
       {login.source}},
  };
  for (const Row& row : rows) {
    Snapshot snapshot = with_flows(row.flows, false);
    const auto findings = run("firewall.drops", snapshot);
    ASSERT_EQ(findings.size(), 1U) << row.what;
    ASSERT_EQ(findings[0].remedy.has_value(), row.opens) << row.what;
    if (!row.opens) continue;
    const auto& open = std::get<OpenFirewall>(*findings[0].remedy);
    EXPECT_EQ(open.sources, row.sources) << row.what;
    EXPECT_EQ(open.owner, "ufw") << row.what;
    EXPECT_EQ(open.port, 22) << row.what;
    EXPECT_TRUE(open.permanent) << row.what;
    Firewall cut = *snapshot.firewall;
    cut.unread = {"ip nat: not read"};
    snapshot.firewall = cut;
    EXPECT_FALSE(run("firewall.drops", snapshot)[0].remedy) << row.what;
  }
}

TEST(FirewallFlows, what_fail2ban_says_it_bans_is_not_told_twice) {
  Snapshot snapshot = with_flows({flow_of(Whose::login, Kind::rejected, true)});
  EXPECT_EQ(all(snapshot).size(), 1U);
  AuthLog log;
  log.bans = {{.source = "203.0.113.7", .by = "fail2ban", .why = "sshd", .logged_in = true}};
  snapshot.auth = log;
  EXPECT_TRUE(all(snapshot).empty());
  log.bans.front().source = "203.0.113.8";
  snapshot.auth = log;
  EXPECT_EQ(all(snapshot).size(), 1U);
}

TEST(FirewallFlows, what_firewalld_opens_is_for_a_time_unless_said_otherwise) {
  Flow flow = flow_of(Whose::anyone, Kind::rejected, true);
  flow.opener = "firewalld";
  flow.zone = "public";
  Snapshot snapshot = with_flows({flow}, false);
  for (const bool permanent : {false, true}) {
    Firewall firewall = *snapshot.firewall;
    firewall.open_permanent = permanent;
    firewall.open_for_s = 7200;
    snapshot.firewall = firewall;
    const auto findings = run("firewall.rejects", snapshot);
    ASSERT_EQ(findings.size(), 1U);
    const auto& open = std::get<OpenFirewall>(*findings[0].remedy);
    EXPECT_EQ(open.permanent, permanent);
    EXPECT_EQ(open.timeout_s, 7200U);
    EXPECT_EQ(open.zone, "public");
  }
}

TEST(FirewallFlows, a_command_that_the_console_would_cut_is_not_its_first) {
  Flow flow = flow_of(Whose::login, Kind::dropped, true);
  flow.fix = "nft insert rule x";
  const auto shown = [&flow] { return all(with_flows({flow}, false)).at(0).fix; };
  EXPECT_EQ(shown().at(0), flow.fix);
  flow.fix.assign(100, 'x');
  EXPECT_EQ(shown().at(0), "sshguardctl verify-flow --from 203.0.113.7 --trace");
  EXPECT_EQ(shown().at(1), flow.fix);
  flow.port = 2222;
  EXPECT_EQ(shown().at(0), "sshguardctl verify-flow --from 203.0.113.7 --port 2222 --trace");
}

TEST(FirewallFlows, what_firewalld_does_while_it_reloads_has_to_last) {
  Flow flow = flow_of(Whose::login, Kind::dropped, true);
  flow.passing = true;
  EXPECT_GT(all(with_flows({flow}, false)).at(0).settle.count(), 0);
  flow.passing = false;
  EXPECT_EQ(all(with_flows({flow}, false)).at(0).settle.count(), 0);
}

TEST(FirewallFlows, could_not_look_is_unknown) {
  Snapshot snapshot = healthy();
  snapshot.firewall = Unknown{"firewall: its rules could not be read"};
  const auto evaluation = engine::evaluate(snapshot, catalog());
  EXPECT_FALSE(evaluation.unknown.empty());
  EXPECT_TRUE(evaluation.findings.empty());
}

} // namespace
} // namespace sshguardd::test
