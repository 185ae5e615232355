#include "engine/client_message.hpp"

namespace sshguardd::firewall {
namespace {

constexpr std::string_view refused = "Connection refused";
constexpr std::string_view no_route = "No route to host";
constexpr std::string_view unreachable = "Network is unreachable";
constexpr std::string_view denied = "Permission denied";
constexpr std::string_view timed_out = "Connection timed out";
constexpr std::string_view reset = "Connection reset by peer";

// connect(2) after the ICMP error: icmp_err_convert of Linux's IPv4, tab_unreach of IPv6.
std::string_view after_error(RejectKind kind, bool ipv6) {
  switch (kind) {
  case RejectKind::port_unreachable:
  case RejectKind::tcp_reset:
    return refused;
  case RejectKind::host_unreachable:
    return no_route;
  case RejectKind::net_unreachable:
    return unreachable;
  case RejectKind::prot_unreachable:
    return ipv6 ? std::string_view{} : "Protocol not available";
  case RejectKind::admin_prohibited:
    return ipv6 ? denied : no_route;
  case RejectKind::host_prohibited:
    return ipv6 ? std::string_view{} : no_route;
  case RejectKind::net_prohibited:
    return ipv6 ? std::string_view{} : unreachable;
  case RejectKind::policy_fail:
    return ipv6 ? denied : std::string_view{};
  case RejectKind::other:
    break;
  }
  return {};
}

} // namespace

std::string_view client_message(const Answer::Possible& what, bool ipv6) {
  if (what.kind != Answer::Kind::dropped && what.kind != Answer::Kind::rejected) return {};
  if (!what.told) return {};
  if (what.kind == Answer::Kind::dropped) return timed_out;
  if (!*what.told) return timed_out;
  switch (what.packet) {
  case Answer::Packet::syn:
    return after_error(what.reject, ipv6);
  case Answer::Packet::syn_ack: // only sshd is told
    return timed_out;
  case Answer::Packet::ack: // the client is connected, and errors by ICMP do not end that at once
    return what.reject == RejectKind::tcp_reset ? reset : timed_out;
  case Answer::Packet::neighbour:
    break;
  }
  return no_route;
}

std::string_view client_message(const Answer& answer, bool ipv6) {
  if (answer.kind == Answer::Kind::undecided)
    return answer.usual ? client_message(answer.possible[*answer.usual], ipv6) : std::string_view{};
  Answer::Possible what;
  what.kind = answer.kind;
  what.reject = answer.reject;
  what.packet = answer.packet;
  what.told = answer.told;
  return client_message(what, ipv6);
}

} // namespace sshguardd::firewall
