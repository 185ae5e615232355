// The guest's network as far as SSH needs it: addresses, the way back to who knocks, and whether
// the next boot brings anything up. rtnetlink(7).
#pragma once

#include "sshguardd/fact.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sshguardd {

struct NetworkLink {
  std::string name;
  bool up = false;      // by somebody's will (IFF_UP)
  bool carrier = false; // IFF_LOWER_UP
  bool loopback = false;
  // It has a device, or is made of links that have (a bridge, a bond, a VLAN): no tunnel, no end of
  // a container. In a container, where nothing has a device, its own end.
  bool physical = false;
  bool globals = false; // it has an address of scope global that may be used
  bool xdp = false;     // a program takes its packets first

  bool operator==(const NetworkLink&) const = default;
};

struct DefaultRoute {
  bool ipv6 = false;
  std::string interface;
  std::string gateway; // empty: on the link itself

  bool operator==(const DefaultRoute&) const = default;
};

// How answers to somebody who got in before would leave.
struct ReturnWay {
  std::string source; // "203.0.113.7"
  bool ipv6 = false;
  std::string comes_by;       // the interface that it would be expected at; empty: not known
  std::string leaves_by;      // empty: nowhere
  std::string gateway;        // that they are sent to; empty: on the link
  std::string problem;        // in words for people, why nothing comes back; empty: it does
  std::string evidence;       // "ip route get 203.0.113.7: unreachable"
  bool worked_before = false; // the agent has seen it without a problem
  // The problem is a route for this one address: somebody bans it so.
  bool ban = false;

  bool operator==(const ReturnWay&) const = default;
};

// Whether what is saved brings a network up at the next boot.
struct NetworkBoot {
  std::string manager;               // "netplan", "ifupdown", "systemd-networkd", "NetworkManager"
  std::vector<std::string> problems; // "/etc/netplan/50-cloud-init.yaml: matches MAC ..., gone"
  std::string file;                  // that the first of them is about

  bool operator==(const NetworkBoot&) const = default;
};

struct Network {
  std::vector<NetworkLink> links;
  std::vector<DefaultRoute> default_routes;
  std::vector<ReturnWay> returns;
  Fact<NetworkBoot> boot = Unknown{"not looked at"};
};

} // namespace sshguardd
