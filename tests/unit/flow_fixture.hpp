// What the guest's firewall makes of connections, for table tests.
#pragma once

#include "fixture.hpp"

#include <utility>

namespace sshguardd::test {

using Kind = firewall::Answer::Kind;

inline Flow flow_of(Flow::Whose whose, Kind answer, bool accepted_before = false) {
  Flow flow;
  flow.whose = whose;
  flow.source = whose == Flow::Whose::anyone ? "81.2.69.142" : "203.0.113.7";
  flow.destination = "10.0.0.4";
  flow.interface = "eth0";
  flow.answer = answer;
  flow.accepted_before = accepted_before;
  flow.rule = "inet filter input handle 7: tcp dport 22 drop";
  if (answer == Kind::dropped) {
    flow.sees = Sees::timeout;
    flow.client = "Connection timed out";
  } else if (answer == Kind::rejected) {
    flow.sees = Sees::refused;
    flow.client = "Connection refused";
  }
  return flow;
}

inline Snapshot with_flows(std::vector<Flow> flows, bool somebody = true) {
  Snapshot snapshot = healthy();
  Firewall firewall;
  firewall.flows = std::move(flows);
  firewall.somebody = somebody;
  snapshot.firewall = firewall;
  return snapshot;
}

} // namespace sshguardd::test
