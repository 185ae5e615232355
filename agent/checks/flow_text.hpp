// Words that findings about the guest's firewall share.
#pragma once

#include "sshguardd/finding.hpp"
#include "sshguardd/flows.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::checks {

// A console line has room for so much of a rule.
inline constexpr std::size_t longest_rule = 48;

[[nodiscard]] inline std::string shortened(std::string text) {
  if (text.size() <= longest_rule) return text;
  text.resize(longest_rule);
  return text + "...";
}

// "203.0.113.7", "everybody else", "everybody else by IPv6".
[[nodiscard]] inline std::string whence(const Flow& flow) {
  if (flow.whose != Flow::Whose::anyone) return flow.source;
  return flow.ipv6 ? "everybody else by IPv6" : "everybody else";
}

// The owner, or what it is.
[[nodiscard]] inline std::string who(const Flow& flow) {
  return flow.owner.empty() ? "the firewall" : flow.owner;
}

[[nodiscard]] inline bool rejected(const Flow& flow) {
  return flow.answer == firewall::Answer::Kind::rejected;
}

// One row of each: what happens to it, and by which rule.
[[nodiscard]] inline Evidence told(const Flow& flow) {
  std::string what = whence(flow) + " to port " + std::to_string(flow.port);
  if (flow.other_address) what += " of " + flow.destination;
  if (!flow.interface.empty()) what += " by " + flow.interface;
  std::string value;
  switch (flow.answer) {
  case firewall::Answer::Kind::accepted:
    value = "accepted";
    break;
  case firewall::Answer::Kind::rejected:
    value = "rejected";
    break;
  case firewall::Answer::Kind::dropped:
    value = "dropped";
    break;
  case firewall::Answer::Kind::forwarded:
    value = "sent elsewhere";
    break;
  case firewall::Answer::Kind::undecided:
    value = "not decided by reading: " + flow.why;
    break;
  }
  if (!flow.rule.empty()) value += ", " + flow.rule;
  if (flow.shut_out() && !flow.why.empty()) value += "; " + flow.why;
  if (!flow.client.empty() && !flow.accepted()) value += " (ssh: " + flow.client + ")";
  return {std::move(what), std::move(value)};
}

// Shows the way of a packet.
[[nodiscard]] inline std::string verify_flow(const Flow& flow, bool boot = false) {
  return std::string{"sshguardctl verify-flow "} + (boot ? "--boot " : "") + "--from " +
         flow.source + (flow.other_address ? " --to " + flow.destination : "") +
         (flow.port == 22 ? "" : " --port " + std::to_string(flow.port)) + " --trace";
}

// Somebody who is known gets in.
[[nodiscard]] inline bool known_gets_in(const std::vector<Flow>& flows) {
  return std::ranges::any_of(
      flows, [](const Flow& flow) { return flow.whose != Flow::Whose::anyone && flow.gets_in(); });
}

} // namespace sshguardd::checks
