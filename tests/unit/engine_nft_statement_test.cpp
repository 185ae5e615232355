#include "engine/nft_text.hpp"
#include "nft_told.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sshguardd::engine {
namespace {

using namespace nft_told;

TEST(NftStatement, MatchesOfPayload) {
  const std::string saddr = payload("ip", "saddr");
  const std::string flags = payload("tcp", "flags");
  expect({
      {match(saddr, "==", R"("10.0.0.1")"), "ip_saddr == 0a000001", "ip saddr 10.0.0.1"},
      {match(saddr, "!=", R"({"prefix": {"addr": "10.0.0.0", "len": 9}})"),
       "ip_saddr != 0a000000-0a7fffff", "ip saddr != 10.0.0.0/9"},
      {match(saddr, "==", R"({"range": ["10.0.0.1", "10.0.0.9"]})"),
       "ip_saddr == 0a000001-0a000009", "ip saddr 10.0.0.1-10.0.0.9"},
      {match(saddr, "==", R"("@v4")"), "ip_saddr == @v4", "ip saddr @v4"},
      {match(saddr, "<", R"("10.0.0.0")"), "ip_saddr < 0a000000", "ip saddr < 10.0.0.0"},
      {match(masked(saddr, R"("255.0.0.255")"), "==", R"("10.0.0.1")"),
       "ip_saddr&ff0000ff == 0a000001", "ip saddr & 255.0.0.255 == 10.0.0.1"},
      {match(payload("ip6", "daddr"), "==", R"("::ffff:1.2.3.4")"),
       "ip6_daddr == 00000000000000000000ffff01020304", ""},
      {match(payload("tcp", "dport"), "==", R"({"set": [22, "https", {"range": [1000, 2000]}]})"),
       "dport == 0016, 01bb, 03e8-07d0", "tcp dport { 22, https, 1000-2000 }"},
      {match(payload("th", "dport"), ">=", "1024"), "dport >= 0400", ""},
      {match(payload("tcp", "sport"), "==", R"({"range": [1024, 65535]})"), "sport == 0400-ffff",
       ""},
      {match(flags, "in", R"("syn")"), "tcp_flags in 02", "tcp flags syn"},
      {match(flags, "==", R"("syn")"), "tcp_flags == 02", "tcp flags == syn"},
      {match(flags, "!", R"(["fin", "rst"])"), "tcp_flags&05 == 00", "tcp flags ! fin,rst"},
      {match(masked(flags, R"(["fin", "syn", "rst", "ack"])"), "==", R"("syn")"),
       "tcp_flags&17 == 02", ""},
      {match(masked(flags, R"({"|": [{"|": ["fin", "syn"]}, "ack"]})"),
             "!=", R"({"|": ["syn", "ack"]})"),
       "tcp_flags&13 != 12", ""},
  });
}

// A packet of the other family, or of another protocol, ends the rule whatever the operator.
TEST(NftStatement, WhatListingsLeaveOut) {
  expect({
      {match(payload("ip", "protocol"), "!=", R"("udp")"), "nfproto == 02 | l4proto != 11", ""},
      {match(payload("ip6", "nexthdr"), "==", R"("tcp")"), "nfproto == 0a | l4proto == 06", ""},
      {match(payload("ip", "ttl"), ">", "3"), "nfproto == 02 | other<ip ttl> == ", ""},
      {match(payload("udp", "dport"), "!=", "53"), "l4proto == 11 | other<udp dport> == ", ""},
      {match(payload("icmpv6", "type"), "==", R"("nd-neighbor-solicit")"),
       "l4proto == 3a | icmpv6_type == 87", "icmpv6 type nd-neighbor-solicit"},
      {match(payload("icmpv6", "type"), "!=", R"({"set": ["nd-router-advert", 136]})"),
       "l4proto == 3a | icmpv6_type != 86, 88", "icmpv6 type != { nd-router-advert, 136 }"},
      {match(payload("icmpv6", "type"), "==", R"("of-the-future")"),
       "l4proto == 3a | other<icmpv6 type of-the-future> == ", ""},
      {match(payload("icmpv6", "code"), "==", "0"), "l4proto == 3a | other<icmpv6 code> == ", ""},
      {match(payload("ip6", "hoplimit"), "==", "255"), "nfproto == 0a | hop_limit == ff", ""},
      {R"({"vmap": {"key": )" + payload("icmpv6", "type") +
           R"(, "data": {"set": [["nd-redirect", {"drop": null}]]}}})",
       "l4proto == 3a | icmpv6_type ? 89 : drop", ""},
      {match(payload("arp", "operation"), "==", R"("request")"),
       "l4proto == ff | other<arp operation> == ", ""},
      {R"({"reject": {"type": "icmp", "expr": "host-prohibited"}})", "reject 6 ip", ""},
      {R"({"reject": {"type": "icmpv6", "expr": "no-route"}})", "reject 3 ip6", ""},
      {R"({"reject": {"type": "icmpx", "expr": "admin-prohibited"}})", "reject 5",
       "reject with icmpx admin-prohibited"},
      {R"({"reject": {"type": "tcp reset"}})", "reject 1", "reject with tcp reset"},
      {match(meta("l4proto"), "==", R"("tcp")") + R"(, {"reject": {"type": "tcp reset"}})",
       "l4proto == 06 | reject 1", ""},
      {R"({"counter": {"packets": 0, "bytes": 0}}, {"reject": {"type": "tcp reset"}})", "reject 1",
       ""},
      {match(payload("ip", "saddr"), "==", R"("10.0.0.1")") +
           R"(, {"reject": {"type": "tcp reset"}})",
       "ip_saddr == 0a000001 | reject 1", ""},
      {R"({"reject": null})", "reject 0", "reject"},
      {R"({"reject": {"type": "icmp", "expr": 99}})", "reject 9 ip", ""},
      {R"({"reject": {"type": "icmp", "expr": "of the future"}})", "reject 9 ip", ""},
      {R"({"dnat": {"family": "ip", "addr": "10.0.0.1", "port": 2222}})",
       "nfproto == 02 | to 0a000001:2222", "dnat to 10.0.0.1:2222"},
      {R"({"set": {"op": "add", "elem": )" + payload("ip", "saddr") + R"(, "set": "@dyn"}})",
       "nfproto == 02 | usually <add @dyn { ip saddr }>", ""},
      {match(masked(payload("ip", "frag-off"), "8191"), "!=", "0"), "nfproto == 02 | l4proto == ff",
       ""},
      {match(masked(payload("ip", "frag-off"), "8191"), "==", "0"), "nfproto == 02", ""},
      {match(R"({"exthdr": {"name": "frag"}})", "==", "true"), "nfproto == 0a | l4proto == ff",
       "exthdr frag exists"},
      {match(R"({"exthdr": {"name": "frag"}})", "==", "false"), "nfproto == 0a", ""},
  });
}

TEST(NftStatement, MatchesOfMetaAndConntrack) {
  expect({
      {match(meta("iif"), "==", R"("lo")"), "iifname == lo", "iif lo"},
      {match(meta("iif"), "==", R"("77")"), "other<iif 77> == ", ""}, // it is gone
      {match(meta("iifname"), "!=", R"("eth*")"), "iifname != eth*", ""},
      {match(meta("iifname"), "==", R"("a\\*")"), "other<iifname a\\*> == ", ""}, // a real star
      {match(meta("oifname"), "==", R"({"set": ["eth0", "wl*"]})"), "oifname == eth0, wl*", ""},
      {match(meta("l4proto"), "==", R"({"set": ["tcp", "vrrp", "nobody-knows", 200]})"),
       "l4proto == 06, 70, ff, c8", ""},
      {match(meta("l4proto"), "==", R"({"range": ["icmp", "nobody-knows"]})"),
       "other<meta l4proto icmp-nobody-knows> == ", ""},
      {match(meta("nfproto"), "==", R"("ipv6")"), "nfproto == 0a", "meta nfproto ipv6"},
      {match(meta("protocol"), "==", R"({"set": ["ip", "ip6"]})"), "protocol == 0800, 86dd", ""},
      {match(masked(meta("mark"), "255"), "!=", "16"), "mark&000000ff != 00000010", ""},
      {match(meta("mark"), "==", "4294967296"), "other<meta mark 4294967296> == ", ""},
      {match(meta("pkttype"), "==", R"("broadcast")"), "pkttype == 01", ""},
      {match(meta("skuid"), "==", "1000"), "skuid == 000003e8", "meta skuid 1000"},
      {match(meta("skuid"), "!=", R"("root")"), "skuid != 00000000", "meta skuid != root"},
      {match(meta("skuid"), "==", R"("oracle")"), "other<meta skuid oracle> == ", ""},
      {match(meta("skgid"), "==", "0"), "other<meta skgid> == ", "meta skgid 0"},
      {match(ct("state"), "in", R"(["established", "related"])"), "ct_state in 00000006",
       "ct state established,related"},
      {match(ct("state"), "==", R"({"set": ["established", "related"]})"),
       "ct_state == 00000002, 00000004", "ct state { established, related }"},
      {match(ct("state"), "!=", R"("new")"), "ct_state != 00000008", ""},
      {match(ct("state"), "in", R"(["new", "strange"])"), "other<ct state new,strange> == ", ""},
      {match(ct("status"), "in", R"("dnat")"), "ct_status in 00000020", ""},
      {match(ct("direction"), "==", R"("original")"), "ct_direction == 00", ""},
      {match(ct("mark"), "==", "1"), "ct_mark == 00000001", ""},
      {match(R"({"ct": {"key": "ip saddr", "dir": "original"}})", "==", R"("10.0.0.1")"),
       "other<ct original ip saddr> == ", "ct original ip saddr 10.0.0.1"},
  });
}

TEST(NftStatement, MatchesOfRoutes) {
  const auto fib = [](const std::string& result, const std::string& flags) {
    return R"({"fib": {"result": ")" + result + R"(", "flags": )" + flags + "}}";
  };
  const std::string back = fib("oif", R"(["saddr", "mark", "iif"])");
  expect({
      {match(back, "==", "false"), "fib_saddr_oif == 00", "fib saddr . mark . iif oif missing"},
      {match(back, "==", "true"), "fib_saddr_oif == 01", ""},
      {match(back, "!=", R"("0")"), "fib_saddr_oif != 00", ""},
      {match(back, "==", R"("eth0")"), "other<fib saddr . mark . iif oif eth0> == ", ""},
      {match(back, "==", R"("@wan")"), "other<fib saddr . mark . iif oif @wan> == ", ""},
      {R"({"vmap": {"key": )" + back + R"(, "data": "@m"}})",
       "anything <fib saddr . mark . iif oif vmap @m>", ""},
      {match(fib("oif", R"(["saddr"])"), "==", "false"), "fib_saddr_any == 00", ""},
      {match(fib("oif", R"(["daddr"])"), "==", "false"), "other<fib daddr oif> == ", ""},
      {match(fib("type", R"(["daddr"])"), "!=", R"("local")"), "fib_daddr_type != 02", ""},
      {match(fib("type", R"("saddr")"), "==", R"("unicast")"), "fib_saddr_type == 01", ""},
      {match(fib("type", R"(["daddr", "iif"])"), "==", R"("local")"), "fib_daddr_here == 02", ""},
      {match(fib("type", R"(["saddr", "iif"])"), "==", R"("local")"),
       "other<fib saddr . iif type> == ", ""},
  });
}

TEST(NftStatement, Concatenations) {
  const std::string two =
      R"({"concat": [)" + payload("ip", "saddr") + ", " + payload("tcp", "dport") + "]}";
  const std::string mac =
      R"({"concat": [)" + payload("ether", "saddr") + ", " + payload("tcp", "dport") + "]}";
  const std::string sets = R"({"set": [{"concat": [{"prefix": {"addr": "10.0.0.0", "len": 8}}, 22]},
      {"concat": ["1.1.1.1", {"range": [30, 40]}]}]})";
  expect({
      {match(two, "==", R"("@cc")"), "ip_saddr . dport == @cc", "ip saddr . tcp dport @cc"},
      {match(two, "==", sets), "ip_saddr . dport == 0a000000-0affffff . 0016, 01010101 . 001e-0028",
       "ip saddr . tcp dport { 10.0.0.0/8 . 22, 1.1.1.1 . 30-40 }"},
      {match(two, "==", R"({"set": [{"concat": ["1.1.1.1"]}]})"),
       "other<ip saddr . tcp dport { 1.1.1.1 }> == ", ""},
      {match(mac, "==", R"({"set": [{"concat": ["00:11:22:33:44:55", 22]}]})"),
       "other<ether saddr> . dport ==  . 0016", ""},
      {R"({"vmap": {"key": )" + two + R"(, "data": "@doors"}})", "ip_saddr . dport ? @doors",
       "ip saddr . tcp dport vmap @doors"},
  });
}

TEST(NftStatement, VerdictMaps) {
  const auto map = [](const std::string& key, const std::string& pairs) {
    return R"({"vmap": {"key": )" + key + R"(, "data": {"set": [)" + pairs + "]}}}";
  };
  const std::string saddr = payload("ip", "saddr");
  expect({
      {map(ct("state"), R"(["invalid", {"drop": null}], ["new", {"jump": {"target": "x"}}])"),
       "ct_state ? 00000001 : drop, 00000008 : jump x",
       "ct state vmap { invalid : drop, new : jump x }"},
      // What is not listed comes last, wherever it stands.
      {map(saddr, R"(["*", {"drop": null}], ["1.1.1.1", {"goto": {"target": "y"}}])"),
       "ip_saddr ? 01010101 : goto y, 00000000-ffffffff : drop", ""},
      {map(payload("udp", "dport"), R"([53, {"accept": null}])"),
       "l4proto == 11 | other<udp dport> ?  : accept", ""},
      {map(R"({"numgen": {"mode": "random", "mod": 2, "offset": 0}})",
           R"([0, {"accept": null}], [1, {"drop": null}])"),
       "other<numgen random> ?  : accept,  : drop", ""},
      {map(saddr, R"(["1.1.1.1", {"do": "what I want"}])"),
       "anything <ip saddr vmap { 1.1.1.1 : do }>", ""},
      {map(saddr, R"(["nobody", {"accept": null}])"),
       "anything <ip saddr vmap { nobody : accept }>", ""},
  });
}

TEST(NftStatement, Statements) {
  expect({
      {R"({"accept": null})", "accept", "accept"},
      {R"({"drop": null})", "drop", ""},
      {R"({"return": null})", "back", ""},
      {R"({"continue": null})", "go on", ""},
      {R"({"jump": {"target": "x"}})", "jump x", "jump x"},
      {R"({"goto": {"target": "x"}})", "goto x", "goto x"},
      {R"({"queue": {"num": 1, "flags": "bypass"}})", "queue", ""},
      {R"({"counter": {"packets": 1, "bytes": 2}}, {"log": {"prefix": "no "}}, {"drop": null})",
       "drop", "log prefix \"no \" drop"},
      {R"({"counter": "named"}, {"ct helper": "ftp"})", "", "ct helper ftp"},
      {R"({"limit": {"rate": 3, "burst": 5, "per": "minute"}})", "usually <limit rate 3/minute>",
       ""},
      {R"({"limit": {"rate": 3, "per": "minute", "inv": true}})",
       "seldom <limit rate over 3/minute>", ""},
      {R"({"limit": "ok"})", "usually <limit name ok>", ""},
      {R"({"limit": "much"})", "seldom <limit name much>", ""},
      {R"({"limit": "which"})", "other<limit name which> == ", ""},
      {R"({"ct count": {"val": 3, "inv": true}})", "seldom <ct count over 3>", ""},
      {R"({"quota": {"val": 10, "val_unit": "mbytes", "inv": true}})",
       "other<quota over 10 mbytes> == ", ""},
      {R"({"meter": {"name": "m", "key": )" + payload("ip6", "saddr") +
           R"(, "stmt": {"limit": {"rate": 3, "per": "second", "inv": true}}}})",
       "nfproto == 0a | seldom <meter m { ip6 saddr limit rate over 3/second }>", ""},
      {R"({"set": {"op": "delete", "elem": )" + payload("ip", "saddr") + R"(, "set": "@dyn"}})",
       "nfproto == 02", "delete @dyn { ip saddr }"},
      {R"({"notrack": null})", "notrack", ""},
      {R"({"mangle": {"key": {"meta": {"key": "mark"}}, "value": 16}})", "mark=00000010",
       "meta mark set 16"},
      {R"({"mangle": {"key": {"meta": {"key": "mark"}}, "value": {"|": [{"meta": {"key": "mark"}}, 1]}}})",
       "mark=(mark&fffffffe)^00000001", ""},
      {R"({"mangle": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "value": 22}})",
       "anything <tcp dport set 22>", ""},
      {R"({"mangle": {"key": {"meta": {"key": "pkttype"}}, "value": "host"}})",
       "anything <meta pkttype set host>", ""},
      {R"({"redirect": {"port": 22}})", "to itself:22", "redirect to :22"},
      {R"({"redirect": null})", "to itself:", "redirect"},
      {R"({"redirect": {"port": {"range": [1, 2]}}})", "anything <redirect to :1-2>", ""},
      {R"({"redirect": {"port": 65536}})", "anything <redirect to :65536>", ""},
      {R"({"dnat": {"addr": "2001:db8::1", "port": 22}})", "to 20010db8000000000000000000000001:22",
       "dnat to [2001:db8::1]:22"},
      {R"({"dnat": {"family": "ip", "addr": {"map": {"key": 1, "data": "@m"}}}})",
       "nfproto == 02 | anything <dnat to 1 map @m>", ""},
      {R"({"masquerade": null})", "snat", ""},
      {R"({"snat": {"family": "ip6", "addr": "2001:db8::1"}})", "nfproto == 0a | snat", ""},
      {R"({"tproxy": {"port": 22}})", "anything <tproxy to :22>", ""},
      {R"({"synproxy": {"mss": 1460}})", "anything <synproxy>", ""},
      {R"({"xt": {"type": "match", "name": "conntrack"}}, {"accept": null})",
       "other<xt match conntrack> ==  | accept", "xt match conntrack accept"},
      {R"({"xt": {"type": "match", "name": "comment"}}, {"xt": {"type": "target", "name": "LOG"}})",
       "", ""},
      {R"({"xt": {"type": "target", "name": "REJECT"}})", "anything <xt target REJECT>", ""},
      {R"({"xt": null})", "anything <xt >", ""},
  });
}

// A value that cannot be had ends the rule: of a map, of conntrack without an entry, of another
// kind of packet.
TEST(NftStatement, ValuesThatAreSet) {
  const auto set = [](const std::string& key, const std::string& value) {
    return R"({"mangle": {"key": )" + key + R"(, "value": )" + value + "}}";
  };
  const auto map = [](const std::string& key) {
    return R"({"map": {"key": )" + key + R"(, "data": {"set": [[5, 6]]}}})";
  };
  const auto both = [](const char* sign, const std::string& one, const std::string& other) {
    return R"({")" + std::string{sign} + R"(": [)" + one + ", " + other + "]}";
  };
  const std::string entry = "ct_mark == 00000000-ffffffff | ";
  expect({
      {set(meta("mark"), map(ct("mark"))),
       "other<meta mark set ct mark map { 5 : 6 }> ==  | mark=?", ""},
      {set(ct("mark"), map(payload("tcp", "dport"))),
       "other<ct mark set tcp dport map { 5 : 6 }> ==  | ctmark=?", ""},
      {set(meta("priority"), map(payload("tcp", "dport"))),
       "other<meta priority set tcp dport map { 5 : 6 }> == ", ""},
      {set(meta("priority"), "5"), "", ""},
      {set(meta("mark"), payload("ip", "dscp")), "nfproto == 02 | mark=?", ""},
      {set(meta("mark"), R"({"socket": {"key": "mark"}})"),
       "other<meta mark set socket mark> ==  | mark=?", ""},
      {set(meta("mark"), ct("mark")), entry + "mark=ctmark", ""},
      {set(meta("mark"), both("&", ct("mark"), "255")),
       entry + "mark=ctmark | mark=(mark&000000ff)^00000000", ""},
      {set(meta("mark"), ct("state")), "mark=?", ""},
      {set(ct("mark"), "1"), "ctmark=00000001", ""},
      {set(ct("mark"), meta("mark")), "ctmark=mark", ""},
      {set(ct("mark"), both("|", ct("mark"), "3")), entry + "ctmark=(ctmark&fffffffc)^00000003",
       ""},
      {set(meta("mark"), both("^", both("&", meta("mark"), "240"), "17")),
       "mark=(mark&000000f0)^00000011", ""},
      {set(meta("mark"), both("|", both("&", meta("mark"), "240"), "17")),
       "mark=(mark&000000e0)^00000011", ""},
      {set(meta("mark"), meta("mark")), "", ""},
      {set(meta("mark"), both("<<", meta("mark"), "8")), "mark=?", ""},
      {set(ct("zone"), "7"), "zone 7", ""},
      {set(R"({"ct": {"key": "zone", "dir": "original"}})", "7"), "zone ?", ""},
      {set(ct("zone"), map(meta("mark"))),
       "other<ct zone set meta mark map { 5 : 6 }> ==  | zone ?", ""},
      {set(ct("event"), R"("new")"), "", ""},
  });
}

TEST(NftStatement, WhatIsNotKnownMayBeAnything) {
  expect({
      {R"("jump {\n\t\tip saddr 1.1.1.1 drop\n\t}")", "anything <jump { ip saddr 1.1.1.1 drop }>",
       "jump { ip saddr 1.1.1.1 drop }"},
      {R"({"of the future": {"a": 1}})", "anything <of the future>", ""},
      {R"({"accept": null, "drop": null})", "anything <...>", ""},
      {"17", "anything <...>", ""},
      {"null", "anything <...>", ""},
      {"[]", "anything <...>", ""},
      {R"({"match": {"op": "=="}})", "anything <...>", ""},
      {R"({"match": null})", "anything <...>", ""},
      {R"({"vmap": 1})", "anything < vmap >", ""},
      {R"({"jump": {"target": 1}})", "anything <jump >", ""},
      {match(payload("tcp", "dport"), "~", "22"), "other<tcp dport ~ 22> == ", ""},
      {match(payload("tcp", "dport"), "==", meta("mark")), "other<tcp dport meta mark> == ", ""},
      {match(payload("tcp", "dport"), "==", "65536"), "other<tcp dport 65536> == ", ""},
      {match(payload("tcp", "dport"), "==", "-1"), "other<tcp dport -1> == ", ""},
      {match(payload("tcp", "dport"), "in", "22"), "other<tcp dport 22> == ", ""},
      {match(payload("tcp", "dport"), "==", R"("*")"), "other<tcp dport *> == ", ""},
      {match(payload("tcp", "dport"), "==", R"({"range": [40, 30]})"),
       "other<tcp dport 40-30> == ", ""},
      {match(payload("ip", "saddr"), "==", R"({"prefix": {"addr": "10.0.0.0", "len": 33}})"),
       "other<ip saddr 10.0.0.0/33> == ", ""},
      {match(payload("ip", "saddr"), "==", R"("10.0.0.1\u0000x")"),
       "other<ip saddr 10.0.0.1 x> == ", ""},
      {match(R"({"<<": [{"payload": {"protocol": "ip", "field": "saddr"}}, 4]})", "==", "1"),
       "nfproto == 02 | other<ip saddr << 4> == ", ""},
      {match(R"({"payload": {"base": "th", "offset": 16, "len": 16}})", "==", "22"),
       "other<payload> == ", ""},
  });
}

TEST(NftStatement, ManyAreBounded) {
  std::string many;
  for (int at = 0; at < 200; ++at)
    many += (at == 0 ? "" : ", ") + std::string{R"({"accept": null})"};
  EXPECT_EQ(rule_of(many).statements.size(), 129U);
  EXPECT_LE(rule_of(many).text.size(), nft_longest_text);
  // Not through the middle of a letter.
  std::string umlauts;
  for (int at = 0; at < 300; ++at)
    umlauts += "\xc3\xa4";
  const Rule rule = rule_of(R"({"jump": {"target": "a)" + umlauts + R"("}})");
  EXPECT_TRUE(rule.text.ends_with("\xa4...")) << rule.text;
  // Flags of flags of flags.
  std::string nested = "\"syn\"";
  for (int at = 0; at < 40; ++at)
    nested = R"({"|": [)" + nested + ", \"ack\"]}";
  EXPECT_FALSE(
      nft_ruleset(with_rule(match(payload("tcp", "flags"), "==", nested)))->unread.empty());
}

TEST(NftStatement, ARuleWithoutWords) {
  EXPECT_EQ(rule_of(R"({"counter": {"packets": 1, "bytes": 2}})").text, "rule with handle 3");
  const auto rules = nft_ruleset(listing(R"({"table": {"family": "ip", "name": "t"}},
    {"chain": {"family": "ip", "table": "t", "name": "c"}},
    {"rule": {"family": "ip", "table": "t", "chain": "c", "handle": 3}})"));
  ASSERT_TRUE(rules);
  EXPECT_EQ(told(rules->tables[0].chains[0].rules.at(0)), "anything <a rule that cannot be read>");
}

} // namespace
} // namespace sshguardd::engine
