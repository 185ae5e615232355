#include "flow_fixture.hpp"

namespace sshguardd::test {
namespace {

Flow way(std::string to, std::uint16_t port, Kind answer) {
  Flow flow;
  flow.source = std::move(to);
  flow.destination = "10.0.0.4";
  flow.interface = "eth0";
  flow.port = port;
  flow.answer = answer;
  if (answer != Kind::accepted) flow.rule = "ip filter OUTPUT: policy drop";
  flow.fix = "iptables -I OUTPUT -d 168.63.129.16 -p tcp --dport 80 -j ACCEPT";
  return flow;
}

std::vector<Flow> azure(Kind wire, Kind extensions, Kind metadata) {
  return {way("168.63.129.16", 80, wire), way("168.63.129.16", 32526, extensions),
          way("169.254.169.254", 80, metadata)};
}

Snapshot with(Cloud cloud, std::vector<Flow> live, Fact<std::vector<Flow>> saved = Unknown{"no"}) {
  Snapshot snapshot = with_flows({flow_of(Flow::Whose::login, Kind::accepted)});
  change(snapshot.firewall, [&](Firewall& firewall) {
    firewall.cloud = cloud;
    firewall.platform = std::move(live);
    if (saved) {
      firewall.platform_saved = *saved;
      firewall.saved_by = "netfilter-persistent";
    } else {
      firewall.saved = Unknown{"not read"};
    }
  });
  return snapshot;
}

constexpr Kind in = Kind::accepted, gone = Kind::dropped, no = Kind::rejected;

TEST(FirewallPlatform, tells_what_is_cut_off_and_when) {
  struct Row {
    const char* what;
    std::vector<Flow> live;
    Fact<std::vector<Flow>> saved;
    std::optional<When> found;
  } const rows[] = {
      {"all answer", azure(in, in, in), azure(in, in, in), {}},
      {"nothing was asked", {}, Fact<std::vector<Flow>>{std::vector<Flow>{}}, {}},
      {"dropped", azure(gone, in, in), Unknown{"no"}, When::now},
      {"rejected", azure(in, in, no), Unknown{"no"}, When::now},
      {"the saved rules, too", azure(gone, gone, gone), azure(gone, gone, gone), When::now},
      {"the saved rules alone", azure(in, in, in), azure(in, gone, in), When::reboot},
      {"mended by the next boot", azure(in, no, in), azure(in, in, in), When::now},
      {"nobody can tell", azure(Kind::undecided, in, in), azure(in, in, Kind::undecided), {}},
      {"sent to a proxy", azure(in, in, Kind::forwarded), azure(in, in, Kind::forwarded), {}},
  };
  for (const Row& row : rows) {
    const auto findings = run("firewall.platform", with(Cloud::azure, row.live, row.saved));
    ASSERT_EQ(findings.size(), row.found ? 1U : 0U) << row.what;
    if (!row.found) continue;
    EXPECT_EQ(findings[0].when, *row.found) << row.what;
    EXPECT_EQ(findings[0].severity, Severity::warning) << row.what;
    EXPECT_EQ(findings[0].sees, Sees::none) << row.what;
    EXPECT_EQ(findings[0].subject, "Azure") << row.what;
    EXPECT_FALSE(findings[0].evidence.empty()) << row.what;
    EXPECT_FALSE(findings[0].fix.empty()) << row.what;
  }
}

TEST(FirewallPlatform, names_who_needs_it) {
  auto findings = run("firewall.platform", with(Cloud::azure, azure(gone, gone, in)));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].summary, "the firewall cuts off 168.63.129.16:80 (Azure's wire server): "
                                 "ip filter OUTPUT: policy drop");
  ASSERT_EQ(findings[0].evidence.size(), 4U);
  EXPECT_EQ(findings[0].evidence[0].value, "dropped, ip filter OUTPUT: policy drop");
  EXPECT_EQ(findings[0].evidence[1].value, "the Azure agent, cloud-init");
}

TEST(FirewallPlatform, says_where_logins_hang_on_it) {
  struct Row {
    const char* command;
    Cloud cloud;
    bool told;
  } const rows[] = {
      {"/usr/bin/google_authorized_keys", Cloud::gcp, true},
      {"/usr/bin/google_authorized_keys_sk", Cloud::gcp, true},
      {"/usr/share/ec2-instance-connect/eic_run_authorized_keys %u %f", Cloud::aws, true},
      {"/opt/own_keys google_authorized_keys", Cloud::gcp, false},
      {"", Cloud::gcp, false},
  };
  for (const Row& row : rows) {
    Snapshot snapshot = with(row.cloud, {way("169.254.169.254", 80, gone)});
    Effective effective;
    effective.login.keys_command = row.command;
    snapshot.effective = effective;
    const auto findings = run("firewall.platform", snapshot);
    ASSERT_EQ(findings.size(), 1U) << row.command;
    EXPECT_EQ(findings[0].summary.find("AuthorizedKeysCommand") != std::string::npos, row.told)
        << row.command;
  }
}

} // namespace
} // namespace sshguardd::test
