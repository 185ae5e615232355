#include "engine/probe_schedule.hpp"
#include "parse/proc.hpp"
#include "parse/sshd_effective.hpp"
#include "parse/sshd_title.hpp"

#include <gtest/gtest.h>

namespace sshguardd::parse {
namespace {

using namespace std::chrono_literals;

TEST(SshdTitle, ReadsTheCounterOfTheListenerOnly) {
  const auto startups = sshd_title(
      std::string_view{"sshd: /usr/sbin/sshd -D [listener] 3 of 10-100 startups\0\0", 57});
  ASSERT_TRUE(startups);
  EXPECT_EQ(startups->current, 3);
  EXPECT_EQ(startups->begin, 10);
  EXPECT_EQ(startups->full, 100);
  for (const char* text :
       {"", "sshd", "sshd: alice [priv]", "/usr/sbin/sshd -D", "sshd: x 3 of 10-100 startups",
        "sshd: [listener] of 10-100 startups", "sshd: [listener] 3 of 0-100 startups",
        "sshd: [listener] 3 of 100-10 startups", "sshd: [listener] -3 of 10-100 startups",
        "sshd: [listener] 99999999999999999999 of 10-100 startups",
        "xsshd: [listener] 3 of 10-100 startups", "sshd: [listener] 3 of 10-100 startups now"})
    EXPECT_FALSE(sshd_title(text)) << text;
}

TEST(ProcessState, IsBehindTheLastParenthesis) {
  EXPECT_EQ(process_state("91 (sshd) T 1 91 91 0"), 'T');
  EXPECT_EQ(process_state("91 (a) R (b) S 1 91"), 'S');
  for (const char* text : {"", "91", "91 (sshd)", "91 (sshd) ", "91 (sshd)S 1", "91 (sshd) 7"})
    EXPECT_FALSE(process_state(text)) << text;
}

TEST(Pressure, TakesTheRightLine) {
  const char* text = "some avg10=12.50 avg60=0.00 avg300=0.00 total=1\n"
                     "full avg10=0.25 avg60=0.00 avg300=0.00 total=1\n";
  EXPECT_EQ(pressure_avg10(text, "some"), 12.5);
  EXPECT_EQ(pressure_avg10(text, "full"), 0.25);
  for (const char* bad : {"", "some", "some avg10=", "some avg10=x", "some avg10=-1 ",
                          "some avg10=101 ", "some avg10=nan ", "something avg10=1 "})
    EXPECT_FALSE(pressure_avg10(bad, "some")) << bad;
}

TEST(Proc, FrozenGroupsAndRunnableTasks) {
  EXPECT_TRUE(cgroup_frozen("populated 1\nfrozen 1\n"));
  EXPECT_FALSE(cgroup_frozen("populated 1\nfrozen 0\n"));
  EXPECT_FALSE(cgroup_frozen(""));
  EXPECT_EQ(runnable_tasks("0.20 0.18 0.12 3/80 11206\n"), 3);
  for (const char* bad : {"", "/", " /80", "0.2 x/80", "0.20 -3/80"})
    EXPECT_FALSE(runnable_tasks(bad)) << bad;
}

TEST(SshdEffective, AddressesAndPenaltyInAnyCase) {
  const auto effective =
      sshd_effective("port 22\nListenAddress [::]:22\nlistenaddress 0.0.0.0:2222\n"
                     "PerSourcePenalties crash:90 authfail:5 noauth:30 max:600\n"
                     "HostKey /etc/ssh/ssh_host_rsa_key\nhostkey /srv/key\nhostkey relative\n"
                     "hostkeyalgorithms ssh-ed25519\nhostkeyagent none\n");
  ASSERT_TRUE(effective);
  EXPECT_EQ(effective->host_keys,
            (std::vector<std::string>{"/etc/ssh/ssh_host_rsa_key", "/srv/key"}));
  ASSERT_EQ(effective->listen.size(), 2U);
  EXPECT_EQ(effective->listen[0].address, "::");
  EXPECT_TRUE(effective->listen[0].ipv6);
  EXPECT_EQ(effective->listen[1].port, 2222);
  EXPECT_EQ(effective->noauth_penalty, 30s);
}

TEST(SshdEffective, HostileTextIsNone) {
  for (const char* text : {"", "listenaddress", "listenaddress ", "listenaddress :22",
                           "listenaddress 0.0.0.0:0", "listenaddress 0.0.0.0:65536",
                           "listenaddress 0.0.0.0:22 rdomain vrf0", "xlistenaddress 0.0.0.0:22"})
    EXPECT_FALSE(sshd_effective(text)) << text;
  const auto off = sshd_effective("listenaddress 0.0.0.0:22\npersourcepenalties no\n");
  ASSERT_TRUE(off);
  EXPECT_EQ(off->noauth_penalty, 0s);
  const auto odd =
      sshd_effective("listenaddress 0.0.0.0:22\npersourcepenalties noauth:99999999999999999999\n");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->noauth_penalty, 0s);
}

TEST(ProbeSchedule, FewAndFarBetween) {
  using engine::next_probe;
  const engine::ProbeSettings settings;
  const BootTime now{1h};
  EXPECT_EQ(next_probe({}, settings, 1s, now), now);
  const BootTime last = now - 1s;
  const BootTime up = now - 10min;
  EXPECT_EQ(next_probe({.last = last, .up = up}, settings, 1s, now), last + 900s);
  EXPECT_EQ(next_probe({.last = last, .up = up, .suspicion = true}, settings, 1s, now), last + 5s);
  EXPECT_EQ(next_probe({.last = last, .up = up, .failures = 1}, settings, 0s, now), last + 5s);
  // A penalty for each probe: further apart than it lasts.
  EXPECT_EQ(next_probe({.last = last, .up = up, .failures = 1}, settings, 30s, now), last + 60s);
  // sshd was started a moment ago.
  EXPECT_EQ(next_probe({.last = last, .up = now - 2s, .failures = 3}, settings, 1s, now),
            last + 1s);
}

TEST(OomScore, OfWhoeverMaySetIt) {
  EXPECT_TRUE(may_set_resources("Name:\tsshd\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n"));
  EXPECT_FALSE(may_set_resources("Name:\tsshd\nCapEff:\t00000000fcecbfff\n")) << "a container";
  for (const char* text : {"", "CapEff:\t000001ffffffffff", "\nCapEff:\t", "\nCapEff:\tzz",
                           "\nCapPrm:\t000001ffffffffff"})
    EXPECT_FALSE(may_set_resources(text)) << text;
  EXPECT_TRUE(maps_everybody("         0          0 4294967295\n"));
  for (const char* text : {"", "0 0", "0 100000 65536\n", "0 0 65536\n", "x", "0 0 4294967296"})
    EXPECT_FALSE(maps_everybody(text)) << text;
  EXPECT_EQ(oom_score_adj("-1000\n"), -1000);
  EXPECT_EQ(oom_score_adj("0\n"), 0);
  for (const char* text : {"", "\n", "x", "-1001\n", "1001\n", "99999999999999999999\n"})
    EXPECT_FALSE(oom_score_adj(text)) << text;
}

} // namespace
} // namespace sshguardd::parse
