// What the guest's firewall holds, whoever wrote it: nftables, iptables (nft and legacy), one
// vocabulary for all of them. Parsers fill it in (parse/nft_ruleset, parse/iptables_save); the
// evaluator asks it for one connection (engine/packet_walk). nft(8), iptables-extensions(8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sshguardd::firewall {

enum class Family { ip, ip6, inet, netdev, bridge, arp };
// egress: of a device, behind all others.
enum class Hook { ingress, prerouting, input, forward, output, postrouting, egress };

// What is asked of a packet. Its value is raw bytes, most significant first, of a fixed size, so
// that ranges are compared byte by byte; names of interfaces are text.
enum class Field {
  nfproto,        // 1: 2 = IPv4, 10 = IPv6 (NFPROTO_)
  protocol,       // 2: ethertype, 0x0800, 0x86dd
  l4proto,        // 1: 6 = TCP
  ip_saddr,       // 4; no match for IPv6, whatever the operator
  ip_daddr,       // 4
  ip6_saddr,      // 16; no match for IPv4
  ip6_daddr,      // 16
  sport,          // 2; nobody knows it
  dport,          // 2
  tcp_flags,      // 1
  ct_state,       // 4, bits: invalid 1, established 2, related 4, new 8, untracked 64
  ct_status,      // 4, bits: expected 1, seen-reply 2, assured 4, confirmed 8, snat 16, dnat 32
  ct_direction,   // 1: 0 = original, 1 = reply
  ct_mark,        // 4; 0 of a new connection
  iifname,        // text
  oifname,        // text
  mark,           // 4
  pkttype,        // 1: 0 = to this host
  fib_daddr_type, // 1: rtnetlink's types; 2 = local, 1 = unicast, 3 = broadcast, 5 = multicast
  fib_saddr_type, // 1
  fib_saddr_oif,  // 1: 1 = there is a way back by the interface that it came by
  fib_saddr_any,  // 1: 1 = there is a way back by some interface
  fib_daddr_here, // 1: like fib_daddr_type; what is another interface's is not local
  icmpv6_type,    // 1; no match for TCP; asked of neighbours (engine/packet_walk)
  hop_limit,      // 1: also the TTL of IPv4; 255 of neighbours, of TCP nobody knows it
  skuid,          // 4: whose program sends it
  other           // nobody knows it
};

// Inclusive, both of the field's size. Of text both are the same name; a last "*" stands for any
// rest.
struct Interval {
  std::string from;
  std::string to;

  bool operator==(const Interval&) const = default;
};

// One field, or a part of its bits.
struct Term {
  Field field = Field::other;
  std::string mask; // of its size; empty: all bits
  std::string name; // Field::other: as the rule has it, for people

  bool operator==(const Term&) const = default;
};

enum class RejectKind {
  port_unreachable, // also tcp reset: the client is refused
  tcp_reset,
  host_unreachable, // also addr-unreachable
  net_unreachable,  // also no-route
  prot_unreachable,
  admin_prohibited, // of icmpx: both families
  host_prohibited,  // IPv4
  net_prohibited,   // IPv4
  policy_fail,      // IPv6, also reject-route
  other
};

struct Verdict {
  enum class Kind { accept, drop, reject, jump, go_to, back, go_on, queue } kind = Kind::go_on;
  std::string chain;                                // of jump and go_to
  RejectKind reject = RejectKind::port_unreachable; // of reject
  std::optional<Family> only; // a reject of one family: what it leaves out of listings

  bool operator==(const Verdict&) const = default;
};

// An element of a set or map: a part for each term of what is looked up.
struct Element {
  std::vector<Interval> parts;
  std::optional<Verdict> verdict;         // of a verdict map
  std::string data;                       // of another map
  std::optional<std::uint32_t> expires_s; // it goes by then
  std::string comment;                    // untrusted
};

struct Set {
  std::string name;     // empty: an anonymous one
  bool dynamic = false; // packets add to it: what is listed is a moment's
  bool complete = true; // all elements are known
  std::vector<Element> elements;
};

// Goes on where it fits. Several terms: a concatenation; what stands for a term that nobody knows
// (Field::other) says nothing. Without any value: nothing but such terms, or none of them fits.
struct Match {
  enum class Op {
    equal,
    not_equal,
    less,
    greater,
    less_equal,
    greater_equal,
    any_bit
  } op = Op::equal;
  std::vector<Term> terms;
  std::vector<Element> values; // any of them
  std::string set;             // ... or a named set's
};

// Looks up, and goes where the element says. Where there is none the rule ends.
struct VerdictMap {
  std::vector<Term> terms;
  std::vector<Element> values;
  std::string set; // likewise
};

// Nobody who reads can tell whether it goes on: a limit, what other packets did, the time, ...
struct Open {
  std::string why; // "limit rate 3/minute", for people
  // Whether it goes on for a first connection after a while: within a limit it does; where somebody
  // has to have been counted before (recent --update, connlimit --connlimit-above) it does not, and
  // the rule is not taken. Of `anything` it says nothing.
  bool usually = true;
  bool anything = false; // ... nor what it does: it may end the walk in any way
};

// Of the first packet of a connection, in nat chains and tproxy.
struct Translate {
  std::optional<std::uint16_t> port;
  std::string address;   // raw bytes; empty: of the machine itself (redirect), or unchanged
  bool redirect = false; // to the machine itself
  bool source = false;   // where it comes from is what changes: port and address say nothing
};

// The bits of `keep` stay of what it was, and `mark` is turned in the outcome (xor).
struct SetMark {
  std::optional<std::string> mark; // nothing: nobody knows which
  std::uint32_t keep = 0;
  bool of_connection = false; // conntrack's mark, not the packet's
  bool copies = false;        // the other bits are of the other one of the two; `mark` says nothing
};
struct NoTrack {};

// conntrack knows a connection by it, too: a packet of another zone is of none that it knows.
struct SetZone {
  std::optional<std::uint16_t> zone; // nothing: nobody knows which
};

using Statement =
    std::variant<Match, Verdict, VerdictMap, Open, Translate, SetMark, NoTrack, SetZone>;

struct Rule {
  std::string handle; // nftables' number; of iptables its place in the chain, from 1
  std::string text;   // as its own program writes it, bounded; untrusted
  std::string comment;
  bool compat = false;               // it holds expressions of iptables-nft's (xt), see Table
  std::vector<Statement> statements; // in order; the first match that does not fit ends the rule
};

struct Chain {
  std::string name;
  struct Base {
    Hook hook = Hook::input;
    int priority = 0;
    std::string type; // "filter", "nat", "route"
    Verdict policy{.kind = Verdict::Kind::accept, .chain = {}, .only = {}};
    std::vector<std::string> devices; // ingress; empty: not told
  };
  std::optional<Base> base;
  std::vector<Rule> rules;
};

struct Table {
  Family family = Family::inet;
  std::string name;
  bool dormant = false;        // it does not filter
  bool dormant_unsure = false; // nobody could tell
  bool legacy = false;         // of iptables-legacy: beside nftables
  bool compat = false;         // of iptables-nft, in words that nft does not tell the meaning of
  std::vector<Chain> chains;   // base chains of one priority in the order of their registration
  std::vector<Set> sets;
};

// On the way of packets before or behind all rules, and in no rule's words: an XDP program, a
// filter of tc. Nobody who reads can tell what it does.
struct Program {
  enum class At { xdp, ingress, egress } at = At::xdp;
  std::string interface; // that the connection is on; the program may be on one beneath it
  std::string name;      // "an XDP program on eth0"; untrusted
};

// What the sockets of a unit of systemd take: systemd.resource-control(5).
struct SocketFilter {
  struct Prefix {
    std::string bytes; // of the address
    std::uint8_t length = 0;
    std::string text; // "203.0.113.0/24"

    bool operator==(const Prefix&) const = default;
  };
  std::uint16_t port = 0;    // of the socket; 0: any
  std::string unit;          // "ssh.service"
  std::vector<Prefix> allow; // IPAddressAllow=, the unit's and its slices'; they win
  std::vector<Prefix> deny;  // IPAddressDeny=, likewise
  bool unsure = false;       // nobody could tell whether the kernel has them
  std::string program;       // that somebody else has put there, in words; empty: none
};

struct Ruleset {
  std::vector<Table> tables;
  std::vector<std::string> unread; // what could not be read, in words: its rules may do anything
  std::vector<Program> programs;   // in the order of the packet's way
  std::vector<SocketFilter> socket_filters;
};

// One connection: somebody's first packet to sshd, and what has to follow it. Or one that a program
// of root's on the machine opens (outgoing): its first packet leaves, the answer comes in.
struct Connection {
  bool ipv6 = false;
  std::string source;             // the other side's address, raw bytes
  std::string destination;        // the machine's own address
  std::uint16_t port = 22;        // of the server, whichever side that is
  std::string interface;          // it comes in by (outgoing: and leaves by); empty: not known
  std::vector<std::string> local; // the machine's own addresses, raw bytes
  std::optional<bool> way_back_by_interface;  // the route back leaves by it
  std::optional<bool> destination_is_its_own; // the address is that interface's
  bool bridge = false;    // the interface is one: chains of bridges are on the way
  bool neighbours = true; // IPv6 finds them on the link (RFC 4861); not on one of IFF_NOARP
  bool outgoing = false;
  bool past_programs = false; // those are not asked
};

struct Place {
  Family family = Family::inet;
  std::string table;
  std::string chain;
  std::string rule; // its handle; empty: the chain's policy
  std::string text; // of the rule, untrusted; "policy drop". Without a table: of what is no rule
  bool legacy = false;
};

struct Answer {
  enum class Kind { accepted, rejected, dropped, forwarded, undecided } kind = Kind::accepted;
  RejectKind reject = RejectKind::port_unreachable;
  // What decides; nothing: no chain is in the way. Undecided: where the first thing is that nobody
  // can tell.
  std::optional<Place> by;
  // Which one it is about.
  enum class Packet { syn, syn_ack, ack, neighbour } packet = Packet::syn;
  std::uint16_t port = 22; // that sshd has to listen on for it, after translation; 0: not known
  std::optional<std::uint32_t> expires_s; // what decides is an element of a set, gone by then
  // Rejected: the refusal gets out to the client. Nothing: nobody can tell what he sees.
  std::optional<bool> told = true;

  // Undecided: what could happen, the first thing that nobody can tell, and which it is as a rule
  // ("accepted, unless the rate is exceeded"); nothing: nobody can tell that either.
  struct Possible {
    Kind kind = Kind::accepted;
    RejectKind reject = RejectKind::port_unreachable;
    std::optional<Place> by;
    Packet packet = Packet::syn;
    std::uint16_t port = 22;
    std::optional<std::uint32_t> expires_s;
    std::optional<bool> told = true;
  };
  std::vector<Possible> possible;
  std::string why;
  std::optional<std::size_t> usual; // in `possible`
};

} // namespace sshguardd::firewall
