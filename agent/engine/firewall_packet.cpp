#include "engine/firewall_packet.hpp"

#include <algorithm>
#include <string>

namespace sshguardd::firewall {
namespace {

using namespace std::string_literals;

// linux/netfilter_ipv4.h: NF_IP_PRI_
constexpr int conntrack_priority = -200;
constexpr int destination_nat = -100;
constexpr int source_nat = 100;

constexpr std::uint32_t invalid = 1, established = 2, related = 4, fresh = 8, untracked = 64;
constexpr std::uint32_t seen_reply = 2, assured = 4, confirmed = 8, snat = 16, dnat = 32;
constexpr std::uint32_t told_status = 63; // the vocabulary knows those bits, the kernel has more
constexpr char unicast = 1, local = 2;    // linux/rtnetlink.h

Value known(std::string bytes) {
  return {.known = Value::Known::yes, .bytes = std::move(bytes), .unsure = {}};
}
Value byte(int value) {
  return known(std::string(1, static_cast<char>(value)));
}
Value unknown() {
  return {};
}
Value absent() {
  return {.known = Value::Known::absent, .bytes = {}, .unsure = {}};
}

std::string four(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

Value two(std::optional<std::uint16_t> value) {
  if (!value) return unknown();
  return known({static_cast<char>(*value >> 8), static_cast<char>(*value & 255)});
}

bool tcp(const Moment& at) {
  return at.packet.refusal ? at.packet.reset : at.packet.sort != Answer::Packet::neighbour;
}
int icmp(const Moment& at) {
  return at.connection.ipv6 ? 58 : 1;
}

bool neighbour(const Moment& at) {
  return at.packet.sort == Answer::Packet::neighbour;
}

// Of a chain that sees packets of every protocol: nf_pf is the table's own.
bool below_ip(const Moment& at) {
  return at.family == Family::netdev || at.family == Family::bridge;
}

// Translation happens at one priority for the whole hook; nothing: at that very one.
std::optional<bool> after_translation(const Moment& at) {
  switch (at.hook) {
  case Hook::ingress:
    return false;
  case Hook::prerouting:
    if (at.family == Family::bridge) return false;
    if (at.nat) return true; // and what is in the state is right
    if (at.priority == destination_nat) return std::nullopt;
    return at.priority > destination_nat;
  default:
    return true;
  }
}

bool unchanged(const State& state) {
  return state.translated == false;
}

std::optional<std::uint16_t> arriving_port(const Moment& at, const State& state) {
  if (unchanged(state)) return state.port;
  const auto after = after_translation(at);
  if (!after) return std::nullopt;
  return *after ? state.port : at.connection.port;
}

std::optional<std::string> arriving_at(const Moment& at, const State& state) {
  if (unchanged(state)) return state.destination;
  const auto after = after_translation(at);
  if (!after) return std::nullopt;
  return *after ? state.destination : at.connection.destination;
}

// The answer leaves as sshd sent it until the translation is undone, after routing.
bool undone(const Moment& at, const State& state) {
  if (at.hook == Hook::egress) return !unchanged(state);
  return !unchanged(state) && at.hook == Hook::postrouting && at.priority >= source_nat;
}

// Nor is the client another one before the chains that change that, or after it is undone.
bool client_as_is(const Moment& at, const State& state) {
  if (at.connection.outgoing) return !state.foreign; // the server, then
  if (!state.source_changed) return true;
  if (at.packet.out) return at.hook == Hook::output ? at.priority > destination_nat : true;
  return at.hook != Hook::input || (!at.nat && at.priority < source_nat);
}

// The machine's own address in a connection that it opens, which chains behind routing may change
// (snat, masquerade), and which is put right again where answers come in.
bool own_as_is(const Moment& at, const State& state) {
  if (!state.source_changed || at.hook == Hook::output || at.hook == Hook::input) return true;
  if (at.hook == Hook::postrouting) return at.nat || at.priority < source_nat;
  return at.hook == Hook::prerouting && at.priority > destination_nat;
}

Value address(const Moment& at, const State& state, bool of_ipv6, bool source) {
  if (at.connection.ipv6 != of_ipv6) return absent();
  if (neighbour(at)) return unknown(); // link-local or not, multicast or not
  std::optional<std::string> bytes;
  if (source == at.packet.out && at.connection.outgoing) {
    if (own_as_is(at, state)) bytes = at.connection.destination;
  } else if (source == at.packet.out) {
    bytes = at.packet.out && undone(at, state) ? std::nullopt : arriving_at(at, state);
  } else if (client_as_is(at, state)) {
    bytes = at.connection.source;
  }
  if (!bytes || bytes->size() != (of_ipv6 ? 16U : 4U)) return unknown();
  return known(*bytes);
}

// Programs take what the kernel gives them: net.ipv4.ip_local_port_range as it comes.
Value port_of_own_choice() {
  return {.known = Value::Known::between, .bytes = "\x80\x00"s, .unsure = "\xee\x47"s};
}

Value port_outgoing(const Moment& at, const State& state, bool source) {
  if (source == at.packet.out) return own_as_is(at, state) ? port_of_own_choice() : unknown();
  return state.foreign ? unknown() : two(at.connection.port);
}

Value port(const Moment& at, const State& state, bool source) {
  if (!tcp(at)) return absent();
  if (at.connection.outgoing) return port_outgoing(at, state, source);
  if (source != at.packet.out) return unknown(); // the client's
  if (at.packet.out && undone(at, state)) return unknown();
  return two(at.packet.out ? state.port : arriving_port(at, state));
}

Value tcp_flags(const Moment& at) {
  if (at.packet.refusal) return at.packet.reset ? byte(0x14) : absent();
  switch (at.packet.sort) {
  case Answer::Packet::syn:
    return byte(0x02);
  case Answer::Packet::syn_ack:
    return byte(at.packet.again ? 0x10 : 0x12);
  case Answer::Packet::ack:
    return byte(0x10);
  default:
    return absent();
  }
}

// Of another zone it belongs to no connection; nothing: what conntrack makes of it then depends on
// its settings (tcp_new: an answer begins none, and is invalid; so is who goes on without one).
std::optional<bool> has_entry(const Moment& at, const State& state) {
  const bool answer = at.packet.sort == Answer::Packet::syn_ack && !at.packet.again;
  const bool here = state.zone == state.entry_zone;
  if (at.packet.sort == Answer::Packet::syn && !at.packet.again) return true;
  if (here && !state.missed) return true;
  return answer || here ? std::optional{false} : std::nullopt;
}

// nf_conntrack passes the packets by that look for neighbours: untracked.
Value ct_state(const Moment& at, const State& state) {
  if (at.family == Family::bridge) return unknown();
  // It takes the entry of what it refuses along, if there was one (nf_ct_attach).
  if (at.packet.refusal) return state.followed ? known(four(related)) : unknown();
  if (state.tracked == State::Tracked::no) return known(four(untracked));
  const auto before = before_conntrack(at);
  if (state.tracked == State::Tracked::unsure || !before) return unknown();
  // Not "untracked": nft_ct_get_eval and conntrack_mt both find no entry, and no word of one.
  if (*before) return state.zoned ? unknown() : known(four(invalid));
  if (neighbour(at)) return known(four(untracked));
  if (at.packet.sort == Answer::Packet::syn && !at.packet.again) return known(four(fresh));
  const auto entry = has_entry(at, state);
  if (state.followed && entry == false) return known(four(invalid));
  // Half a handshake: what conntrack makes of the rest depends on its settings.
  return state.followed && entry ? known(four(established)) : unknown();
}

// The others have no value without an entry, and then no rule about them fits, whatever the
// operator.
std::optional<Value> without_entry(const Moment& at, const State& state) {
  if (at.family == Family::bridge || at.packet.refusal) return unknown();
  if (state.tracked == State::Tracked::no) return absent();
  const auto before = before_conntrack(at);
  // A template stands for it, to carry the zone (nf_ct_tmpl_alloc).
  if (before == true) return state.zoned ? unknown() : absent();
  if (neighbour(at)) return before ? absent() : unknown();
  if (!before || state.tracked == State::Tracked::unsure || !state.followed) return unknown();
  const auto entry = has_entry(at, state);
  if (entry == false) return absent();
  if (!entry) return unknown();
  return std::nullopt;
}

Value ct_status(const Moment& at, const State& state) {
  if (auto value = without_entry(at, state)) return *value;
  std::uint32_t bits = state.translated == true ? dnat : 0;
  std::uint32_t unsure = ~told_status;
  if (!state.translated) unsure |= dnat;
  if (state.source_changed) unsure |= snat;
  if (at.packet.sort == Answer::Packet::syn_ack || at.packet.again) bits |= seen_reply | confirmed;
  const bool talks = at.packet.sort == Answer::Packet::syn_ack && at.packet.again;
  if (at.packet.sort == Answer::Packet::ack || talks) bits |= seen_reply | assured | confirmed;
  return {.known = Value::Known::partly, .bytes = four(bits), .unsure = four(unsure)};
}

Value ct_direction(const Moment& at, const State& state) {
  if (auto value = without_entry(at, state)) return *value;
  return byte(at.packet.sort == Answer::Packet::syn_ack ? 1 : 0);
}

Value ct_mark(const Moment& at, const State& state) {
  if (auto value = without_entry(at, state)) return *value;
  return state.connection_mark ? known(four(*state.connection_mark)) : unknown();
}

// Where a hook has no interface of that side its name is empty (Linux 5.4 and later).
Value came_by(const Moment& at) {
  if (at.family == Family::bridge) return unknown(); // of its port
  if (at.packet.out) return known("");
  return at.connection.interface.empty() ? unknown() : known(at.connection.interface);
}

Value leaves_by(const Moment& at, const State& state) {
  if (at.family == Family::bridge) return unknown();
  if (!at.packet.out) return known("");
  // A neighbour is asked by the interface that he is on.
  const bool same = neighbour(at) || at.connection.way_back_by_interface == true;
  // A chain of type route sends what it has marked another way (nf_route_table_hook4).
  const bool behind = at.hook == Hook::postrouting || at.hook == Hook::egress;
  if (at.connection.outgoing && behind && state.mark != 0U) return unknown();
  return same && !at.connection.interface.empty() ? known(at.connection.interface) : unknown();
}

Value type_of_client(const Moment& at, const State& state) {
  const auto& own = at.connection.local;
  if (own.empty() || !client_as_is(at, state) || at.connection.source.empty()) return unknown();
  const bool of_own = std::find(own.begin(), own.end(), at.connection.source) != own.end();
  return byte(of_own ? local : unicast);
}

Value type_of_own(const Moment& at, const State& state) {
  if (at.connection.outgoing) return own_as_is(at, state) ? byte(local) : unknown();
  if (!state.foreign) return byte(local);
  return after_translation(at) == true ? byte(unicast) : unknown();
}

Value fib_type(const Moment& at, const State& state, bool source) {
  if (neighbour(at) || at.family == Family::bridge) return unknown();
  return source == at.packet.out ? type_of_own(at, state) : type_of_client(at, state);
}

Value way_back(const Moment& at, const State& state) {
  const auto& known_way = at.connection.way_back_by_interface;
  // He is on the link; of who has no address yet the kernel says so, too (nft_fib6_eval: "::").
  if (neighbour(at) && !at.packet.out) return byte(1);
  if (at.packet.out || !known_way || !client_as_is(at, state)) return unknown();
  return byte(*known_way ? 1 : 0);
}

// Nobody comes this far whom the machine has no way to at all.
Value any_way_back(const Moment& at, const State& state) {
  if (neighbour(at) && !at.packet.out) return byte(1);
  const bool asked = at.connection.way_back_by_interface.has_value();
  return at.packet.out || !asked || !client_as_is(at, state) ? unknown() : byte(1);
}

Value type_here(const Moment& at, const State& state) {
  if (at.packet.out || neighbour(at) || below_ip(at) || !unchanged(state)) return unknown();
  return at.connection.destination_is_its_own == true ? byte(local) : unknown();
}

Value icmpv6_type(const Moment& at) {
  if (neighbour(at)) return byte(at.packet.icmp_type);
  return tcp(at) || !at.connection.ipv6 ? absent() : byte(1); // unreachable
}

Value protocol(const Moment& at) {
  if (at.family == Family::bridge) return unknown(); // a VLAN's frame
  return two(at.connection.ipv6 ? std::uint16_t{0x86dd} : std::uint16_t{0x0800});
}

} // namespace

bool is_text(Field field) {
  return field == Field::iifname || field == Field::oifname;
}

std::optional<bool> before_conntrack(const Moment& at) {
  if (at.hook == Hook::ingress) return true;
  if (at.hook != Hook::prerouting && at.hook != Hook::output) return false;
  if (at.nat) return false;
  if (at.priority == conntrack_priority) return std::nullopt;
  return at.priority < conntrack_priority;
}

Value value_of(Field field, const Moment& at, const State& state) {
  switch (field) {
  case Field::nfproto:
    return below_ip(at) ? unknown() : byte(at.connection.ipv6 ? 10 : 2);
  case Field::protocol:
    return protocol(at);
  case Field::l4proto:
    return byte(tcp(at) ? 6 : icmp(at));
  case Field::ip_saddr:
    return address(at, state, false, true);
  case Field::ip_daddr:
    return address(at, state, false, false);
  case Field::ip6_saddr:
    return address(at, state, true, true);
  case Field::ip6_daddr:
    return address(at, state, true, false);
  case Field::sport:
    return port(at, state, true);
  case Field::dport:
    return port(at, state, false);
  case Field::tcp_flags:
    return tcp_flags(at);
  case Field::ct_state:
    return ct_state(at, state);
  case Field::ct_status:
    return ct_status(at, state);
  case Field::ct_direction:
    return ct_direction(at, state);
  case Field::ct_mark:
    return ct_mark(at, state);
  case Field::iifname:
    return came_by(at);
  case Field::oifname:
    return leaves_by(at, state);
  case Field::mark:
    return state.mark ? known(four(*state.mark)) : unknown();
  case Field::pkttype:
    return at.packet.out || neighbour(at) || below_ip(at) ? unknown() : byte(0);
  case Field::fib_daddr_type:
    return fib_type(at, state, false);
  case Field::fib_saddr_type:
    return fib_type(at, state, true);
  case Field::fib_saddr_oif:
    return way_back(at, state);
  case Field::fib_saddr_any:
    return any_way_back(at, state);
  case Field::fib_daddr_here:
    return type_here(at, state);
  case Field::icmpv6_type:
    return icmpv6_type(at);
  case Field::hop_limit:
    return neighbour(at) ? byte(255) : unknown();
  case Field::skuid: // those programs are root's
    return at.connection.outgoing && at.packet.out && tcp(at) ? known(four(0)) : unknown();
  case Field::other:
    break;
  }
  return unknown();
}

} // namespace sshguardd::firewall
