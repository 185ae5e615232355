// Would the guest's firewall let somebody in: the rules are read, the routes asked, the connections
// walked through. In a process of its own: rules may be many, and their programs hang.
#pragma once

#include "engine/packet_walk.hpp"
#include "host/flow_ways.hpp"
#include "sshguardd/fact.hpp"
#include "sshguardd/flows.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// Where its port is translated: told by who listens there. sshd: its own ports; none: whoever
// listens is meant.
void ask_listeners(firewall::Answer& answer, const firewall::Connection& connection,
                   const std::vector<std::uint16_t>& sshd);
// What is on the way beside the rules: programs on these interfaces, and what the sockets take.
// Why that is not known; empty: it is.
[[nodiscard]] std::string read_beside_rules(firewall::Ruleset& rules,
                                            const std::vector<std::string>& interfaces);

// What is asked of the child.
struct FlowQuestion {
  struct Source {
    std::string address; // as text
    Flow::Whose whose = Flow::Whose::login;
  };
  std::vector<Source> sources; // anyone is added
  struct Listener {
    std::string address; // as text; "0.0.0.0" and "::" are any
    std::uint16_t port = 22;
  };
  std::vector<Listener> listeners;
  bool saved = false; // also by what the next boot loads: this word more in its argv
};

// As a child's argv (host/own_child.hpp), which prints encode().
[[nodiscard]] std::vector<std::string> look_at_flows_argv(const FlowQuestion& question);
inline constexpr std::string_view look_at_flows_word = "look-at-flows";
inline constexpr std::string_view look_at_saved_flows = "saved";
[[nodiscard]] int look_at_flows_main(const std::vector<std::string>& arguments);

[[nodiscard]] Fact<Firewall> look_at_flows(const FlowQuestion& question);

[[nodiscard]] std::string encode(const Firewall& firewall);
[[nodiscard]] Fact<Firewall> decode_firewall(std::string_view text);

} // namespace sshguardd::host
