#include "parse/iptables_save.hpp"

#include "firewall_text.hpp"
#include "iptables_recordings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace sshguardd::parse {
namespace {

using firewall::Chain;
using firewall::Family;
using firewall::Hook;
using firewall::in_short;
using firewall::Open;
using firewall::Table;
using firewall::Verdict;

const Chain& chain_of(const std::vector<Table>& tables, std::string_view table,
                      std::string_view name) {
  static const Chain none;
  for (const Table& one : tables) {
    if (one.name != table) continue;
    for (const Chain& chain : one.chains) {
      if (chain.name == name) return chain;
    }
  }
  ADD_FAILURE() << "no chain " << name << " in " << table;
  return none;
}

std::string rules_of(const Chain& chain) {
  std::string text;
  for (const auto& rule : chain.rules)
    text += rule.handle + " " + in_short(rule.statements) + "\n";
  return text;
}

const Open* open_of(const firewall::Rule& rule) {
  for (const auto& statement : rule.statements) {
    if (const auto* open = std::get_if<Open>(&statement)) return open;
  }
  return nullptr;
}

// What one rule of the chain INPUT comes to.
std::string one(const std::string& words, Family family = Family::ip) {
  const auto tables = iptables_save("*filter\n:INPUT ACCEPT [0:0]\n:chain - [0:0]\n:x\"y - [0:0]\n"
                                    "-A INPUT " +
                                        words + "\nCOMMIT\n",
                                    family, false);
  if (tables.size() != 1 || tables[0].chains.size() != 3) return "other tables";
  const auto& rules = tables[0].chains[0].rules;
  if (rules.size() != 1) return "other rules";
  EXPECT_EQ(rules[0].handle, "1");
  return in_short(rules[0].statements);
}

struct Row {
  const char* words;
  const char* statements;
};

TEST(IptablesSave, reads_what_a_rule_asks) {
  const Row rows[] = {
      {"-j DROP", "drop"},
      {"", ""},
      {"-s 10.0.0.0/8 -j DROP", "ip_saddr==0a000000-0affffff drop"},
      {"-s 10.1.2.3/8", "ip_saddr==0a000000-0affffff"},
      {"! -d 192.0.2.1/32", "ip_daddr!=c0000201"},
      {"-d 192.0.2.1", "ip_daddr==c0000201"},
      {"! -s 0.0.0.0/0", "ip_saddr!=00000000-ffffffff"},
      {"-s 10.0.5.0/255.0.255.0", "ip_saddr&ff00ff00==0a000500"},
      {"-s 10.0.5.0/255.255.0.0", "ip_saddr==0a000000-0a00ffff"},
      {"-s ! 10.0.0.0/8", "ip_saddr!=0a000000-0affffff"},
      {"-i lo", "iifname==lo"},
      {"! -i eth+ -o tun0", "iifname!=eth* oifname==tun0"},
      {"-i e* -j DROP", "open- drop"},
      {"! -i e*", "open+"},
      {"-i -j -j DROP", "iifname==-j drop"},
      {"-p tcp", "l4proto==06"},
      {"! -p tcp", "l4proto!=06"},
      {"-p 6", "l4proto==06"},
      {"-p udp", "l4proto==11"},
      {"-p ipv6-icmp", "l4proto==3a"},
      {"-p 253", "l4proto==fd"},
      {"-p all -j DROP", "drop"},
      {"-p 0 -j DROP", "drop"},
      {"! -p all -j DROP", "l4proto!=00-ff drop"},
      {"-p quux -j DROP", "open- drop"},
      {"! -p quux -j DROP", "open+ drop"},
      {"-f -j DROP", "l4proto!=00-ff drop"},
      {"! -f -j DROP", "drop"},
      // tcp
      {"-p tcp -m tcp --dport 22", "l4proto==06 dport==0016"},
      {"-p tcp -m tcp ! --sport 5:6 ! --dport 22", "l4proto==06 sport!=0005-0006 dport!=0016"},
      {"-p tcp -m tcp --dport 0:65535", "l4proto==06 dport==0000-ffff"},
      {"-p tcp -m tcp --dport 65536", "l4proto==06 open-"},
      {"-p tcp -m tcp --dport ssh", "l4proto==06 open-"},
      {"-p tcp -m tcp ! --dport ssh", "l4proto==06 open+"},
      {"-m tcp --tcp-flags FIN,SYN,RST,ACK SYN", "tcp_flags&17==02"},
      {"-m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN", "tcp_flags&17!=02"},
      {"-m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE", "tcp_flags&3f==00"},
      {"-m tcp --tcp-flags ALL ALL", "tcp_flags&3f==3f"},
      {"-m tcp --tcp-flags ALL", "open-"},
      {"-m tcp --tcp-flags ECE SYN", "open-"},
      {"-m tcp --syn", "tcp_flags&17==02"},
      {"-m tcp --tcp-option 2", "open+"},
      {"-m tcp --tcp-option 5", "open-"},
      {"-m tcp ! --tcp-option 5", "open+"},
      {"-m tcp --new-thing", "open-"},
      // multiport
      {"-m multiport --dports 22,80:90", "dport==0016,0050-005a"},
      {"-m multiport ! --dports 22", "dport!=0016"},
      {"-m multiport --sports 22", "sport==0016"},
      {"-m multiport --ports 22", "sport.dport==0000-ffff.0016,0016.0000-ffff"},
      {"-m multiport ! --ports 22", "sport.dport!=0000-ffff.0016,0016.0000-ffff"},
      {"-m multiport --dports 22,", "open-"},
      {"-m multiport --dports ssh,http", "open-"},
      // addrtype
      {"-m addrtype --dst-type LOCAL", "fib_daddr_type==02"},
      {"-m addrtype ! --src-type UNICAST,LOCAL", "fib_saddr_type!=01,02"},
      {"-m addrtype --dst-type BROADCAST,MULTICAST", "fib_daddr_type==03,05"},
      {"-m addrtype --dst-type LOCAL --limit-iface-in", "open+"},
      {"-m addrtype ! --dst-type LOCAL --limit-iface-in", "open-"},
      {"-m addrtype --src-type LOCAL --limit-iface-in", "open-"},
      {"-m addrtype --dst-type NOWHERE", "open-"},
      // iprange
      {"-m iprange --src-range 1.2.3.4-1.2.3.9", "ip_saddr==01020304-01020309"},
      {"-m iprange ! --dst-range 1.2.3.4", "ip_daddr!=01020304"},
      {"-m iprange --src-range 1.2.3.4-x", "open-"},
      // marks
      {"-m mark --mark 0x1/0xff", "mark&000000ff==00000001"},
      {"-m mark ! --mark 0x5", "mark!=00000005"},
      {"-m connmark --mark 7/0xffffffff", "ct_mark==00000007"},
      {"-m mark --mark x", "open-"},
      // others that are decided
      {"-m pkttype --pkt-type unicast", "pkttype==00"},
      {"-m pkttype ! --pkt-type multicast", "pkttype!=02"},
      {"-m owner --uid-owner 0 -j ACCEPT", "skuid==00000000 accept"},
      {"-m owner ! --uid-owner 0 -j DROP", "skuid!=00000000 drop"},
      {"-m owner --uid-owner 0-499", "skuid==00000000-000001f3"},
      {"-m owner --uid-owner root", "skuid==00000000"},
      {"-m owner --uid-owner 9-0", "open-"},
      {"-m owner --uid-owner 0-", "open-"},
      {"-m rpfilter -j ACCEPT", "fib_saddr_oif==01 accept"},
      {"-m rpfilter --validmark --invert -j DROP", "fib_saddr_oif==00 drop"},
      {"-m rpfilter --loose --invert -j DROP", "open- drop"},
      {"-m comment --comment \"a b\" -j DROP", "drop"},
      {"-m comment --comment -j -j DROP", "drop"},
      {"-m udp --dport 22 -j DROP", "l4proto==11 drop"},
      {"-m icmp --icmp-type 8 -j DROP", "l4proto==01 drop"},
      {"-p tcp -m comment --comment \"-m tcp\" -m tcp --dport 22 -j x\"y",
       "l4proto==06 dport==0016 jump:x\"y"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(one(row.words), row.statements) << row.words;
}

TEST(IptablesSave, reads_what_a_rule_of_ip6_asks) {
  const Row rows[] = {
      {"-s fe80::/10", "ip6_saddr==fe800000000000000000000000000000-"
                       "febfffffffffffffffffffffffffffff"},
      {"! -d ::1/128", "ip6_daddr!=00000000000000000000000000000001"},
      {"-d ffff::/ffff:0:ffff::", "ip6_daddr&ffff0000ffff00000000000000000000=="
                                  "ffff0000000000000000000000000000"},
      {"-s 10.0.0.0/8", "anything"},
      {"-m iprange --src-range ::1-::2", "ip6_saddr==00000000000000000000000000000001-"
                                         "00000000000000000000000000000002"},
      // A local address is one of UNICAST too (xt_addrtype.c:match_type6()).
      {"-m addrtype --dst-type UNICAST", "fib_daddr_type==01,02,04"},
      {"-m addrtype --dst-type LOCAL", "fib_daddr_type==02"},
      {"-m addrtype --dst-type LOCAL,UNICAST", "open+"},
      {"-p ipv6-icmp -m icmp6 --icmpv6-type 135 -m hl --hl-eq 255",
       "l4proto==3a l4proto==3a icmpv6_type==87 hop_limit==ff"},
      {"-m icmp6 --icmpv6-type 136/0", "l4proto==3a icmpv6_type==88"},
      {"-m icmp6 ! --icmpv6-type 136", "l4proto==3a icmpv6_type!=88"},
      {"-m icmp6 --icmpv6-type 1/4", "l4proto==3a open-"},
      {"-m icmp6 --icmpv6-type router-advertisement", "l4proto==3a open-"},
      {"-m hl --hl-lt 255", "hop_limit<ff"},
      {"-m hl --hl-gt 5", "hop_limit>05"},
      {"-m hl ! --hl-eq 255", "hop_limit!=ff"},
      {"-m hl --hl-eq 256", "open-"},
      {"-m rt --rt-type 0 -j DROP", "l4proto!=00-ff drop"},
      {"-m frag --fragfirst -j DROP", "l4proto!=00-ff drop"},
      {"-m ipv6header --header ipv6-frag --soft -j DROP", "open- drop"},
      {"-j REJECT --reject-with icmp6-no-route", "reject:net"},
      {"-j REJECT --reject-with icmp6-adm-prohibited", "reject:admin"},
      {"-j REJECT --reject-with icmp6-addr-unreachable", "reject:host"},
      {"-j REJECT --reject-with icmp6-port-unreachable", "reject:port"},
      {"-j REJECT --reject-with tcp-reset", "reject:reset"},
      {"-j REJECT --reject-with icmp6-policy-fail", "reject:policy"},
      {"-j REJECT --reject-with icmp6-reject-route", "reject:policy"},
      {"-j DNAT --to-destination [2001:db8::1]:22",
       "dnat:20010db8000000000000000000000001:22 accept"},
      {"-j DNAT --to-destination [2001:db8::1]", "dnat:20010db8000000000000000000000001 accept"},
      {"-j DNAT --to-destination 2001:db8::1", "dnat:20010db8000000000000000000000001 accept"},
      {"-j DNAT --to-destination ::1", "dnat:00000000000000000000000000000001 accept"},
      {"-j DNAT --to-destination :22", "dnat:22 accept"},
      {"-j DNAT --to-destination [::1-::2]:22-24",
       "anything dnat:00000000000000000000000000000001:22 accept"},
      {"-j DNAT --to-destination ::1-::2", "anything dnat:00000000000000000000000000000001 accept"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(one(row.words, Family::ip6), row.statements) << row.words;
}

TEST(IptablesSave, reads_what_is_asked_of_the_connection) {
  const Row rows[] = {
      {"-m conntrack --ctstate NEW", "ct_state~00000008"},
      {"-m conntrack --ctstate RELATED,ESTABLISHED", "ct_state~00000006"},
      {"-m conntrack ! --ctstate INVALID,UNTRACKED", "ct_state&00000041==00000000"},
      {"-m state --state NEW", "ct_state~00000008"},
      {"-m state ! --state NEW", "ct_state&00000008==00000000"},
      {"-m conntrack --ctstate DNAT", "ct_status~00000020"},
      {"-m conntrack ! --ctstate SNAT,DNAT", "open+"},
      {"-m conntrack --ctstate NEW,DNAT", "ct_state.ct_status&00000020==00000008.00000000-ffffffff,"
                                          "00000000-ffffffff.00000001-ffffffff"},
      {"-m conntrack ! --ctstate NEW,DNAT", "ct_state&00000008==00000000 open+"},
      {"-m conntrack --ctstate INVALID,DNAT", "open-"},
      {"-m conntrack --ctstate FOO", "open+"},
      {"-m conntrack --ctstate", "open+"},
      // Without a connection nothing but --ctstate fits (conntrack_mt()).
      {"-m conntrack --ctstatus ASSURED", "ct_state~0000000e ct_status~00000004"},
      {"-m conntrack ! --ctstatus EXPECTED,CONFIRMED",
       "ct_state~0000000e ct_status&00000009==00000000"},
      {"-m conntrack --ctstatus NONE", "ct_state~0000000e l4proto!=00-ff"},
      {"-m conntrack --ctdir REPLY", "ct_state~0000000e ct_direction==01"},
      {"-m conntrack --ctdir ORIGINAL", "ct_state~0000000e ct_direction==00"},
      {"-m conntrack --ctstate NEW --ctdir ORIGINAL", "ct_state~00000008 ct_direction==00"},
      {"-m conntrack --ctstate NEW ! --ctproto 6", "ct_state~00000008 l4proto!=06"},
      {"-m conntrack ! --ctstate NEW --ctdir REPLY", "ct_state&00000008==00000000 open-"},
      {"-m conntrack --ctstate INVALID,NEW --ctdir REPLY", "ct_state~00000009 open-"},
      {"-m conntrack --ctorigdstport 22", "ct_state~0000000e open-"},
      {"-m conntrack ! --ctorigdst 10.0.0.1", "ct_state~0000000e open+"},
      {"-m conntrack --ctstate NEW --ctexpire 5:6", "ct_state~00000008 open-"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(one(row.words), row.statements) << row.words;
}

TEST(IptablesSave, says_which_way_what_is_open_usually_goes) {
  const Row rows[] = {
      {"-m limit --limit 3/min --limit-burst 10", "open+"},
      {"-m hashlimit --hashlimit-upto 3/min --hashlimit-burst 5 --hashlimit-name x", "open+"},
      {"-m hashlimit --hashlimit-above 3/min --hashlimit-burst 5 --hashlimit-name x", "open-"},
      {"-m connlimit --connlimit-above 3 --connlimit-mask 32 --connlimit-saddr", "open-"},
      {"-m connlimit ! --connlimit-above 3", "open+"},
      {"-m connlimit --connlimit-upto 3 --connlimit-mask 32 --connlimit-saddr", "open+"},
      {"-m recent --set --name DEFAULT --mask 255.255.255.255 --rsource", ""},
      {"-m recent ! --set --name DEFAULT", "l4proto!=00-ff"},
      {"-m recent --update --seconds 30 --hitcount 6 --name DEFAULT --rsource", "open-"},
      {"-m recent --rcheck --name -j --rsource -j DROP", "open- drop"},
      {"-m recent ! --rcheck --name x", "open+"},
      {"-m recent --remove --name x", "open-"},
      {"-m recent", "open-"},
      {"-m statistic --mode random --probability 0.30000000000", "open-"},
      {"-m statistic --mode random --probability 0.50000000000", "open+"},
      {"-m statistic --mode random ! --probability 0.9", "open-"},
      {"-m statistic --mode random --probability 1.00000000000", "open+"},
      {"-m statistic --mode nth --every 3 --packet 0", "open-"},
      {"-m statistic --mode nth ! --every 3 --packet 0", "open+"},
      {"-m time --timestart 08:00:00 --kerneltz", "open+"},
      {"-m quota --quota 1000", "open+"},
      {"-m quota ! --quota 1000", "open-"},
      {"-m string --string \"-m x\" --algo bm -j DROP", "open- drop"},
      {"-m string ! --string -m --algo bm -j DROP", "open+ drop"},
      {"-m set --match-set bad src", "open-"},
      {"-m set ! --match-set good src,dst", "open+"},
      {"-m geoip --source-country DE", "open-"},
      {"-m geoip ! --source-country DE", "open+"},
      {"-m u32 --u32 \"0x0>>0x16&0x3c@0xc&0xffff=0x1\"", "open-"},
      {"-m bpf --bytecode \"1,6 0 0 1\"", "open-"},
      {"-m mac --mac-source 00:11:22:33:44:55", "open-"},
      {"-m mac ! --mac-source 00:11:22:33:44:55", "open+"},
      {"-m owner --uid-owner oracle", "open-"},
      {"-m owner --uid-owner 0 --gid-owner 0", "open-"},
      {"-m owner ! --socket-exists", "open+"},
      {"-m physdev ! --physdev-is-bridged", "open+"},
      {"-m policy --dir in --pol ipsec", "open-"},
      {"-m policy --dir in --pol none", "open+"},
      {"-m length --length 0:100", "open+"},
      {"-m length --length 1000:65535", "open-"},
      {"-m length ! --length 1000", "open+"},
      {"-m tcpmss ! --mss 536:65535", "open-"},
      {"-m tcpmss --mss 1:500", "open-"},
      {"-m ttl --ttl-gt 3", "open+"},
      {"-m ttl --ttl-eq 255", "open-"},
      {"-m ttl --ttl-lt 5", "open-"},
      {"-m ttl --ttl-lt 255", "open+"},
      {"-m dscp --dscp 0x00", "open+"},
      {"-m tos --tos 0x10/0xff", "open-"},
      {"-m connbytes --connbytes 10 --connbytes-mode packets --connbytes-dir both", "open-"},
      {"-m socket --transparent", "open-"},
      {"-m cpu --cpu 0 -m devgroup --src-group 0x5 -m cgroup --cgroup 5", "open- open- open-"},
      {"-m quux --quux-on --quux \"a b\" -j DROP", "open- drop"},
      {"-m quux ! --quux 5 -j DROP", "open+ drop"},
      {"-m quux", "open-"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(one(row.words), row.statements) << row.words;
}

TEST(IptablesSave, reads_where_a_rule_leads) {
  const Row rows[] = {
      {"-j ACCEPT", "accept"},
      {"-j RETURN", "return"},
      {"-j QUEUE", "queue"},
      {"-j NFQUEUE --queue-num 3 --queue-bypass", "queue"},
      {"-j chain", "jump:chain"},
      {"-g chain", "goto:chain"},
      {"-j CHAIN", "anything"},
      {"-j INPUT", "anything"},
      {"-g ACCEPT", "anything"},
      {"-j chain --with something", "anything"},
      {"-j REJECT", "reject:port"},
      {"-j REJECT --reject-with icmp-net-unreachable", "reject:net"},
      {"-j REJECT --reject-with icmp-host-unreachable", "reject:host"},
      {"-j REJECT --reject-with icmp-proto-unreachable", "reject:prot"},
      {"-j REJECT --reject-with icmp-port-unreachable", "reject:port"},
      {"-j REJECT --reject-with icmp-net-prohibited", "reject:net_prohibited"},
      {"-j REJECT --reject-with icmp-host-prohibited", "reject:host_prohibited"},
      {"-j REJECT --reject-with tcp-reset", "reject:reset"},
      {"-j REJECT --reject-with icmp-admin-prohibited", "reject:admin"},
      {"-j REJECT --reject-with something", "reject:other"},
      {"-j LOG --log-prefix \"-j DROP\" --log-uid", ""},
      {"-j LOG --log-prefix -j", ""},
      {"-j NFLOG --nflog-prefix -j --nflog-group 3", ""},
      {"-j TRACE", ""},
      {"-j TCPMSS --clamp-mss-to-pmtu", ""},
      {"-j MARK --set-xmark 0x5/0xffffffff", "mark=00000005"},
      {"-j MARK --set-mark 5", "mark=00000005"},
      {"-j MARK --set-xmark 0x5/0x7", "mark=(mark&fffffff8)^00000005"},
      {"-j MARK --set-xmark 0x0/0xf0000", "mark=(mark&fff0ffff)^00000000"},
      {"-j MARK --set-mark 0x5/0x3", "mark=(mark&fffffff8)^00000005"},
      {"-j MARK --or-mark 0x5", "mark=(mark&fffffffa)^00000005"},
      {"-j MARK --and-mark 0x5", "mark=(mark&00000005)^00000000"},
      {"-j MARK --xor-mark 0x5", "mark=(mark&ffffffff)^00000005"},
      {"-j MARK --set-mark x", "mark=?"},
      {"-j CONNMARK --set-xmark 0x5/0xffffffff", "ctmark=00000005"},
      {"-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff", "ctmark=mark"},
      {"-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff", "mark=ctmark"},
      {"-j CONNMARK --restore-mark --nfmask 0xf --ctmask 0xf",
       "mark=(mark&fffffff0)^ctmark&0000000f"},
      {"-j CONNMARK --restore-mark --mask 0xf", "mark=(mark&fffffff0)^ctmark&0000000f"},
      {"-j CONNMARK --restore-mark --nfmask 0xf --ctmask 0xff", "mark=?"},
      {"-j CT --zone 5", "zone=5"},
      {"-j CT --zone-orig 5", "zone=?"},
      {"-j CT --helper ftp", ""},
      {"-j SET --add-set bad src", ""},
      {"-j SET --map-set bad src --map-mark", "mark=?"},
      {"-j NOTRACK", "notrack"},
      {"-j CT --notrack", "notrack"},
      {"-j CT --helper ftp", ""},
      {"-j REDIRECT --to-ports 22", "redirect:22 accept"},
      {"-j REDIRECT --to-ports 22 --random", "redirect:22 accept"},
      {"-j REDIRECT", "redirect accept"},
      {"-j REDIRECT --to-ports 22-25 --random", "anything redirect:22 accept"},
      {"-j REDIRECT --to-ports ssh", "anything redirect accept"},
      {"-j DNAT --to-destination 10.0.0.1:22", "dnat:0a000001:22 accept"},
      {"-j DNAT --to-destination 10.0.0.1", "dnat:0a000001 accept"},
      {"-j DNAT --to-destination :22", "dnat:22 accept"},
      {"-j DNAT --to-destination 10.0.0.1-10.0.0.5:22", "anything dnat:0a000001:22 accept"},
      {"-j DNAT --to-destination 10.0.0.1:22-25/22", "anything dnat:0a000001:22 accept"},
      {"-j DNAT --to-destination host:22", "anything dnat:22 accept"},
      {"-j DNAT", "anything dnat accept"},
      {"-j DNAT --to-destination 10.0.0.1 --to-destination 10.0.0.2",
       "anything dnat:0a000001 accept"},
      {"-j SNAT --to-source 10.0.0.1", "snat"},
      {"-j MASQUERADE --random", "snat"},
      {"-j NETMAP --to 10.0.0.0/8", "anything"},
      {"-j TPROXY --on-port 5 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0", "anything"},
      {"-j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460", "anything"},
      {"-j TARPIT --tarpit", "anything"},
      {"-p udp -j QUUX --quux", "l4proto==11 anything"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(one(row.words), row.statements) << row.words;
}

TEST(IptablesSave, leaves_nothing_out_that_it_cannot_read) {
  const Row rows[] = {
      {"-m comment --comment \"unbalanced -j ACCEPT", "anything"},
      {"-m comment --comment \"a\"b -j ACCEPT", "anything"},
      {"-m comment --comment \"a\\", "anything"},
      {"-j", "anything"},
      {"-m", "anything"},
      {"-j ACCEPT -j DROP", "anything"},
      {"! -j ACCEPT", "anything"},
      {"! ! -p tcp", "anything"},
      {"!", "anything"},
      {"tcp -j ACCEPT", "anything"},
      {"-s", "anything"},
      {"-s -j ACCEPT", "anything"},
      {"-s 10.0.0.0/33 -j ACCEPT", "anything accept"},
      {"-s 10.0.0.0/ -j ACCEPT", "anything accept"},
      {"-s 1.2.3.4 5.6.7.8 -j ACCEPT", "anything accept"},
      {"-i \"\" -j ACCEPT", "open- accept"},
      {"-p tcp -x -j ACCEPT", "l4proto==06 anything accept"},
      {"-p tcp --quux 5 -j ACCEPT", "l4proto==06 anything accept"},
      {"-f x -j ACCEPT", "anything accept"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(one(row.words), row.statements) << row.words;
}

TEST(IptablesSave, reads_tables_chains_and_policies) {
  const auto tables = iptables_save("# Generated by iptables-save v1.8.9 on Sun Nov 22\n"
                                    "*raw\n:PREROUTING ACCEPT [1:2]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
                                    "*mangle\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
                                    "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n"
                                    ":OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n"
                                    "*filter\r\n:INPUT DROP [0:0]\r\n:own - [0:0]\r\n"
                                    "[5:60] -A INPUT -j own\r\n[0:0] -A own -j DROP\r\n"
                                    "-A INPUT -m comment --comment \"\\\"c\\\" \\\\ \\'\"\r\n"
                                    "COMMIT\r\n"
                                    "*security\n:INPUT ACCEPT\nCOMMIT\n# Completed\n",
                                    Family::ip6, true);
  struct {
    const char* table;
    const char* chain;
    Hook hook;
    int priority;
    const char* type;
    Verdict::Kind policy;
  } const rows[] = {
      {"raw", "PREROUTING", Hook::prerouting, -300, "filter", Verdict::Kind::accept},
      {"raw", "OUTPUT", Hook::output, -300, "filter", Verdict::Kind::accept},
      {"mangle", "OUTPUT", Hook::output, -150, "route", Verdict::Kind::accept},
      {"nat", "PREROUTING", Hook::prerouting, -100, "nat", Verdict::Kind::accept},
      {"nat", "INPUT", Hook::input, 100, "nat", Verdict::Kind::accept},
      {"nat", "OUTPUT", Hook::output, -100, "nat", Verdict::Kind::accept},
      {"nat", "POSTROUTING", Hook::postrouting, 100, "nat", Verdict::Kind::accept},
      {"filter", "INPUT", Hook::input, 0, "filter", Verdict::Kind::drop},
      {"security", "INPUT", Hook::input, 50, "filter", Verdict::Kind::accept},
  };
  ASSERT_EQ(tables.size(), 5U);
  for (const Table& table : tables) {
    EXPECT_EQ(table.family, Family::ip6);
    EXPECT_TRUE(table.legacy);
    EXPECT_FALSE(table.dormant);
  }
  for (const auto& row : rows) {
    const Chain& chain = chain_of(tables, row.table, row.chain);
    ASSERT_TRUE(chain.base) << row.table << row.chain;
    EXPECT_EQ(chain.base->hook, row.hook) << row.table << row.chain;
    EXPECT_EQ(chain.base->priority, row.priority) << row.table << row.chain;
    EXPECT_EQ(chain.base->type, row.type) << row.table << row.chain;
    EXPECT_EQ(chain.base->policy.kind, row.policy) << row.table << row.chain;
  }
  const Chain& input = chain_of(tables, "filter", "INPUT");
  EXPECT_EQ(rules_of(input), "1 jump:own\n2 \n");
  EXPECT_EQ(input.rules.at(1).comment, "\"c\" \\ '");
  EXPECT_EQ(input.rules.at(0).text, "[5:60] -A INPUT -j own");
  EXPECT_FALSE(chain_of(tables, "filter", "own").base);
  EXPECT_EQ(rules_of(chain_of(tables, "filter", "own")), "1 drop\n");
}

TEST(IptablesSave, keeps_a_comment_of_several_lines_in_one_rule) {
  // iptables-save writes the newline as it is.
  const auto tables = iptables_save("*filter\n:INPUT DROP [0:0]\n"
                                    "-A INPUT -m comment --comment \"a\n"
                                    "-A INPUT -j ACCEPT\nCOMMIT\n\" -j DROP\n"
                                    "-A INPUT -j REJECT\nCOMMIT\n",
                                    Family::ip, false);
  ASSERT_EQ(tables.size(), 1U);
  const Chain& input = chain_of(tables, "filter", "INPUT");
  EXPECT_EQ(rules_of(input), "1 drop\n2 reject:port\n");
  EXPECT_EQ(input.rules.at(0).comment, "a\n-A INPUT -j ACCEPT\nCOMMIT\n");
}

TEST(IptablesSave, puts_damaged_lines_where_they_stand) {
  struct {
    const char* text;
    const char* input; // its rules
    const char* own;
  } const rows[] = {
      {"*filter\n:INPUT DROP [0:0]\n:own - [0:0]\n-A INPUT -j own\nnonsense\n-A INPUT -j ACCEPT\n"
       "COMMIT\n",
       "1 jump:own\n? anything\n2 accept\n", ""},
      {"*filter\n:INPUT DROP [0:0]\nnonsense\n:own - [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n",
       "? anything\n1 accept\n", ""},
      // Its policy may be anything.
      {"*filter\n:INPUT QUUX [0:0]\n:own - [0:0]\n-A INPUT -j own\nCOMMIT\n",
       "1 jump:own\n anything\n", ""},
      {"*filter\n:INPUT - [0:0]\n:own - [0:0]\nCOMMIT\n", " anything\n", ""},
      {"*filter\n:INPUT DROP [0:0] x\n:own - [0:0]\nCOMMIT\n", "? anything\n anything\n", ""},
      {"*filter\n:own ACCEPT [0:0]\nCOMMIT\n", "? anything\n anything\n", ""},
      // A chain that nobody declared.
      {"*filter\n-A INPUT -j ACCEPT\n-A own -j DROP\nCOMMIT\n", "1 accept\n anything\n",
       "1 drop\n"},
      // No end.
      {"*filter\n:INPUT DROP [0:0]\n:own - [0:0]\n-A INPUT -j own\n-A own -j DROP\n",
       "1 jump:own\n? anything\n", "1 drop\n? anything\n"},
      {"*filter\n:own - [0:0]\n", "? anything\n", "? anything\n"},
      {"*filter\n:own - [0:0]\n*nat\nCOMMIT\n", "? anything\n", "? anything\n"},
      // Deletions and the like are not of this format.
      {"*filter\n:INPUT DROP [0:0]\n:own - [0:0]\n-I INPUT -j ACCEPT\nCOMMIT\n", "? anything\n",
       ""},
      {"*filter\n:INPUT DROP [0:0]\n:own - [0:0]\n[0:0 -A INPUT -j ACCEPT\nCOMMIT\n",
       "? anything\n", ""},
  };
  for (const auto& row : rows) {
    const auto tables = iptables_save(row.text, Family::ip, false);
    EXPECT_EQ(rules_of(chain_of(tables, "filter", "INPUT")), row.input) << row.text;
    EXPECT_EQ(rules_of(chain_of(tables, "filter", "own")), row.own) << row.text;
  }
  // Outside of any table; of one that nobody knows.
  for (const char* text : {"iptables: Permission denied", ":INPUT DROP [0:0]\n", "COMMIT\n"}) {
    const auto tables = iptables_save(text, Family::ip, false);
    ASSERT_EQ(tables.size(), 1U) << text;
    EXPECT_EQ(tables[0].name, "");
    EXPECT_EQ(chain_of(tables, "", "INPUT").rules.at(0).handle, "?") << text;
  }
  const auto other = iptables_save("*quux\n:INPUT ACCEPT [0:0]\nCOMMIT\n", Family::ip, false);
  EXPECT_EQ(rules_of(chain_of(other, "quux", "INPUT")), "? anything\n");
  EXPECT_TRUE(iptables_save("", Family::ip, false).empty());
  EXPECT_TRUE(iptables_save("\n# nothing\n\n", Family::ip, false).empty());
}

TEST(IptablesSave, tells_which_tables_iptables_cannot_show) {
  EXPECT_EQ(iptables_not_shown(recordings::beside_nft),
            (std::vector<std::string>{"mangle", "filter", "nat"}));
  EXPECT_TRUE(iptables_not_shown(recordings::ufw_ip).empty());
  EXPECT_TRUE(iptables_not_shown("# Table `x\n# Table `y' is fine\n# Table `").empty());
  // Nobody may take them for open who does not ask nft(8).
  const auto tables = iptables_save(recordings::beside_nft, Family::ip, false);
  std::size_t open = 0;
  for (const Table& table : tables) {
    for (const Chain& chain : table.chains) {
      if (!chain.base || chain.base->hook != Hook::input || chain.rules.empty()) continue;
      const Open* why = open_of(chain.rules.front());
      if (why != nullptr && why->anything && chain.rules.front().handle == "?") ++open;
    }
  }
  EXPECT_EQ(open, 3U);
}

bool may_do_anything(const std::vector<Table>& tables) {
  for (const Table& table : tables) {
    for (const Chain& chain : table.chains) {
      for (const auto& rule : chain.rules) {
        if (const Open* open = open_of(rule); open != nullptr && open->anything) return true;
      }
    }
  }
  return false;
}

TEST(IptablesSave, reads_ufw) {
  const auto tables = iptables_save(recordings::ufw_ip, Family::ip, false);
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(chain_of(tables, "filter", "INPUT").base->policy.kind, Verdict::Kind::drop);
  EXPECT_EQ(rules_of(chain_of(tables, "filter", "INPUT")),
            "1 jump:ufw-before-logging-input\n2 jump:ufw-before-input\n3 jump:ufw-after-input\n"
            "4 jump:ufw-after-logging-input\n5 jump:ufw-reject-input\n6 jump:ufw-track-input\n");
  EXPECT_EQ(rules_of(chain_of(tables, "filter", "ufw-not-local")),
            "1 fib_daddr_type==02 return\n2 fib_daddr_type==05 return\n"
            "3 fib_daddr_type==03 return\n4 open+ jump:ufw-logging-deny\n5 drop\n");
  EXPECT_EQ(
      rules_of(chain_of(tables, "filter", "ufw-user-input")),
      "1 l4proto==06 dport==0016 accept\n"
      "2 ip_saddr==cb007107 l4proto==06 dport==0016 drop\n"
      "3 l4proto==06 dport==08ae ct_state~00000008\n"
      "4 l4proto==06 dport==08ae ct_state~00000008 open- jump:ufw-user-limit\n"
      "5 l4proto==06 dport==08ae jump:ufw-user-limit-accept\n"
      "6 ip_saddr==c6336400-c63364ff reject:port\n"
      "7 iifname==eth0 l4proto==06 dport==01bb accept\n"
      "8 ip_saddr==0a010000-0a01ffff ip_daddr==0a090002 l4proto==06 dport==0050,01bb accept\n");
  const Open* limit = open_of(chain_of(tables, "filter", "ufw-user-input").rules.at(3));
  ASSERT_NE(limit, nullptr);
  EXPECT_EQ(limit->why, "what the source did before (recent --update --seconds 30 --hitcount 6 "
                        "--name DEFAULT --mask 255.255.255.255 --rsource)");
  EXPECT_FALSE(may_do_anything(tables));
  EXPECT_FALSE(may_do_anything(iptables_save(recordings::ufw_ip6, Family::ip6, false)));
}

TEST(IptablesSave, reads_docker_kube_proxy_and_fail2ban) {
  const auto docker = iptables_save(recordings::docker, Family::ip, false);
  EXPECT_EQ(rules_of(chain_of(docker, "nat", "DOCKER")),
            "1 iifname==docker0 return\n"
            "2 iifname!=docker0 l4proto==06 dport==08ae dnat:ac110002:22 accept\n");
  EXPECT_EQ(rules_of(chain_of(docker, "nat", "PREROUTING")), "1 fib_daddr_type==02 jump:DOCKER\n");
  EXPECT_FALSE(may_do_anything(docker));

  const auto kube = iptables_save(recordings::kube_proxy, Family::ip, true);
  EXPECT_EQ(rules_of(chain_of(kube, "nat", "KUBE-SVC-X")),
            "1 ip_saddr!=0af40000-0af4ffff ip_daddr==0a600032 l4proto==06 dport==0016 "
            "jump:KUBE-MARK-MASQ\n2 open+ jump:KUBE-SEP-ABC\n3 jump:KUBE-SEP-DEF\n");
  EXPECT_EQ(chain_of(kube, "nat", "KUBE-SVC-X").rules.at(2).comment,
            "default/ssh -> 10.244.0.3:22");
  EXPECT_EQ(rules_of(chain_of(kube, "filter", "KUBE-FIREWALL")),
            "1 ip_saddr!=7f000000-7fffffff ip_daddr==7f000000-7fffffff "
            "ct_state&00000006==00000000 open+ drop\n");
  EXPECT_FALSE(may_do_anything(kube));

  const auto bans = iptables_save(recordings::fail2ban, Family::ip, false);
  EXPECT_EQ(rules_of(chain_of(bans, "filter", "INPUT")),
            "1 l4proto==06 dport==0016 jump:f2b-sshd\n");
  EXPECT_EQ(rules_of(chain_of(bans, "filter", "f2b-sshd")),
            "1 ip_saddr==cb007109 reject:port\n2 ip_saddr==cb00710a reject:port\n3 return\n");
}

// Every rule of them is understood, but those that are what cannot be told.
TEST(IptablesSave, reads_every_kind_that_was_recorded) {
  for (const auto& [text, family] : {std::pair{recordings::every_kind, Family::ip},
                                     std::pair{recordings::ip6_kinds, Family::ip6}}) {
    for (const Table& table : iptables_save(text, family, false)) {
      for (const Chain& chain : table.chains) {
        for (const auto& rule : chain.rules) {
          const Open* open = open_of(rule);
          if (open == nullptr) continue;
          EXPECT_EQ(open->why.find("not known"), std::string::npos) << rule.text;
          EXPECT_EQ(open->why.find("cannot be read"), std::string::npos) << rule.text;
        }
      }
    }
  }
}

TEST(IptablesSave, says_so_wherever_a_text_is_cut_off) {
  for (const std::string_view text :
       {recordings::ufw_ip, recordings::kube_proxy, recordings::docker, recordings::fail2ban}) {
    const std::size_t last = text.rfind("COMMIT");
    for (std::size_t size = 0; size < last; ++size) {
      const std::string_view cut = text.substr(0, size);
      const auto tables = iptables_save(cut, Family::ip, false);
      // Between tables nobody can tell.
      const std::size_t line = cut.find_last_of("*");
      const bool within = line != std::string_view::npos &&
                          cut.substr(line).find("\nCOMMIT") == std::string_view::npos;
      EXPECT_EQ(may_do_anything(tables), within) << size;
    }
  }
}

TEST(IptablesSave, bounds_what_it_keeps) {
  const std::string words(100'000, 'x');
  EXPECT_EQ(one("-m comment --comment " + words + " -j DROP"), "anything");
  const std::string shorter(1000, 'x');
  const auto tables = iptables_save("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m comment --comment " +
                                        shorter + " -m " + shorter + " --a " + shorter + " -j " +
                                        shorter + "\n-A INPUT -j LOG\nCOMMIT\n",
                                    Family::ip, false);
  const Chain& input = chain_of(tables, "filter", "INPUT");
  ASSERT_EQ(input.rules.size(), 2U);
  EXPECT_EQ(input.rules[0].text.size(), longest_rule_text);
  EXPECT_LE(input.rules[0].comment.size(), 256U);
  for (const auto& statement : input.rules[0].statements)
    EXPECT_LE(std::get<Open>(statement).why.size(), 300U);
  std::string stars;
  for (int i = 0; i < 100'000; ++i)
    stars += "*\nx\nCOMMIT\n";
  const auto many = iptables_save(stars, Family::ip, false);
  EXPECT_LE(many.size(), 20U);
  EXPECT_TRUE(may_do_anything(many));
}

TEST(IptablesSave, is_quick) {
  std::string text = "*filter\n:INPUT ACCEPT [0:0]\n";
  for (int i = 0; i < 100'000; ++i)
    text += "-A INPUT -s 10.1." + std::to_string(i / 256 % 256) + "." + std::to_string(i % 256) +
            "/32 -p tcp -m tcp --dport 22 -j DROP\n";
  const auto start = std::chrono::steady_clock::now();
  const auto tables = iptables_save(text + "COMMIT\n", Family::ip, false);
  const Chain& input = chain_of(tables, "filter", "INPUT");
  ASSERT_EQ(input.rules.size(), 100'000U);
  EXPECT_EQ(input.rules.back().handle, "100000");
  // Quotes that nobody closes, chains that nobody knows, lines without an end.
  std::string hostile = "*filter\n";
  for (int i = 0; i < 20'000; ++i)
    hostile += "-A INPUT \"" + std::to_string(i) + "\n:c" + std::to_string(i) + " - [0:0]\n";
  EXPECT_TRUE(may_do_anything(iptables_save(hostile, Family::ip, false)));
  EXPECT_TRUE(may_do_anything(
      iptables_save("*filter\n-A INPUT " + std::string(2'000'000, '"'), Family::ip, false)));
  EXPECT_TRUE(may_do_anything(
      iptables_save("*filter\n-A INPUT " + std::string(2'000'000, '!'), Family::ip, false)));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{20});
}

} // namespace
} // namespace sshguardd::parse
