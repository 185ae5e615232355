// What the evaluator says of one connection, in the words of the report. Pure.
#pragma once

#include "sshguardd/flows.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

// "ip filter INPUT rule 3: -s 192.0.2.0/24 -j DROP"; "inet filter input: policy drop". Untrusted
// text in it.
[[nodiscard]] std::string rule_text(const firewall::Place& place);

// Whose rules those are, by the names that their own programs give: "ufw", "firewalld", "Docker".
struct RuleOwner {
  std::string_view name; // empty: nobody's that is known
  bool bans = false;     // it shuts out single addresses, for a time
};
[[nodiscard]] RuleOwner owner_of(const firewall::Place& place, const firewall::Ruleset& rules);

// The command that lets it in ahead of the rule that decides, by its owner's own program.
[[nodiscard]] std::string command_for(const Flow& flow, const firewall::Answer& answer,
                                      std::string_view owner, const firewall::Ruleset& rules);

// A rule that accepts the packet, in front of the others of the chain that it is lost in.
struct RuleEnds {
  bool to = false;        // it goes to the other side
  bool server = false;    // the port is where it comes from
  std::string other_side; // empty: anybody
};
[[nodiscard]] std::string rule_ahead(const firewall::Place& place, const Flow& flow,
                                     const RuleEnds& ends);

// What a client at the other end sees.
[[nodiscard]] Sees sees_of(std::string_view client_message);

// Who answers at the port that a connection is translated to.
enum class Behind { unknown, sshd, another, nobody };
// Accepted at another port: refused where nobody listens, sent elsewhere where another program
// does.
void take_listener(firewall::Answer& answer, const firewall::Connection& connection, Behind behind);

// What decides, and whose it is, into what was asked.
RuleOwner take_decision(Flow& flow, const firewall::Answer& answer, const firewall::Ruleset& rules);
// The answer to somebody who comes in, by these rules.
void take_answer(Flow& flow, const firewall::Answer& answer, const firewall::Ruleset& rules);

// Addresses that the rules name as a packet's source, raw bytes, one of each range, each once and
// at most so many; false where there are more, or where a set is not known in full.
struct NamedSources {
  std::vector<std::string> addresses;
  bool all = true;
};
[[nodiscard]] NamedSources named_sources(const firewall::Ruleset& rules, bool ipv6);

// Ports that rules may translate to this one, each once, at most eight: what a client knocks at.
[[nodiscard]] std::vector<std::uint16_t> ports_led_to(const firewall::Ruleset& rules,
                                                      std::uint16_t port);

} // namespace sshguardd::engine
