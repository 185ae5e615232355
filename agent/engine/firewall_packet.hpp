// What a rule finds when it asks a packet for a field: a value, or that there is none, or that
// nobody who only reads can know it. Pure.
#pragma once

#include "sshguardd/firewall.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sshguardd::firewall {

// One packet of a connection, or one that looks for a neighbour.
struct Packet {
  Answer::Packet sort = Answer::Packet::syn;
  bool out = false;           // leaves the machine
  std::uint8_t icmp_type = 0; // of a neighbour's
  // The answer of a reject: a TCP reset or an ICMP error, which passes the chains of output too.
  bool refusal = false;
  bool reset = false;
  // A first packet that comes once more, after an answer that got lost; of what is answered
  // (outgoing): what the other side says once the connection is there.
  bool again = false;
};

// What chains change of a packet, and what later chains see of it.
struct State {
  std::optional<std::uint32_t> mark = 0; // nothing: nobody knows which
  enum class Tracked { yes, no, unsure } tracked = Tracked::yes;
  bool followed = true;                             // conntrack has seen what came before it
  std::optional<std::uint32_t> connection_mark = 0; // conntrack's
  bool zoned = false;                               // has one, by a rule
  std::uint16_t zone = 0;                           // that conntrack looks for its entry in
  std::uint16_t entry_zone = 0;                     // that it is in
  bool missed = false;                              // a packet before was of another zone
  std::optional<std::uint16_t> port;                // the server's, after translation
  std::optional<std::string> destination;           // the machine's, after translation
  std::optional<bool> translated = false;           // conntrack's dnat
  bool source_changed = false;                      // of whoever opens the connection
  bool bound = false;                               // a nat chain of this hook has decided
  bool foreign = false; // translated to an address that is not the machine's; outgoing: to another

  bool operator==(const State&) const = default;
};

// Where it is asked.
struct Moment {
  const Connection& connection;
  Packet packet;
  Family family = Family::inet; // of the table
  Hook hook = Hook::input;
  int priority = 0;
  bool nat = false; // in a chain of type nat
};

struct Value {
  enum class Known { absent, no, partly, between, yes } known = Known::no;
  std::string bytes;  // between: the lowest
  std::string unsure; // partly: the bits that may be otherwise; between: the highest
};

[[nodiscard]] Value value_of(Field field, const Moment& moment, const State& state);

[[nodiscard]] bool is_text(Field field);

// Before conntrack has seen the packet; nothing: at its own priority, where the order is not told.
[[nodiscard]] std::optional<bool> before_conntrack(const Moment& moment);

} // namespace sshguardd::firewall
