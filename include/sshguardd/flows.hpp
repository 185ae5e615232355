// Connections to sshd that were asked about, and what the guest's own firewall makes of each: now,
// and by what is saved for the next boot. The evaluator is engine/packet_walk.
#pragma once

#include "sshguardd/fact.hpp"
#include "sshguardd/finding.hpp"
#include "sshguardd/firewall.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd {

struct Flow {
  // Somebody got in from there, the configuration names it, or it stands for everybody else (of its
  // family).
  enum class Whose { login, configured, anyone } whose = Whose::anyone;
  bool ipv6 = false;
  std::string source;      // "203.0.113.7"
  std::string destination; // the machine's own address
  std::string interface;   // it comes in by
  std::uint16_t port = 22; // that the client knocks at
  // sshd listens everywhere, and routes go by the machine's own address: this one is not what the
  // answer to nobody in particular is sent from.
  bool other_address = false;

  firewall::Answer::Kind answer = firewall::Answer::Kind::accepted;
  Sees sees = Sees::none;      // of a client that does not get through
  std::string client;          // what ssh prints: "Connection refused"
  std::string rule;            // what decides: "inet filter input handle 7: tcp dport 22 drop"
  std::string owner;           // whose rule that is: "ufw", "firewalld", "fail2ban"; or empty
  bool ban = false;            // ... who bans single addresses
  std::string fix;             // a command that lets it in, for people; or empty
  std::string why;             // undecided: what nobody can tell; shut out: whose rule it is
  bool usually = false;        // undecided, and as a rule accepted
  bool rules_accept = false;   // undecided for programs beside the rules alone
  bool neighbours = false;     // IPv6's neighbours are kept from finding each other, not TCP
  bool passing = false;        // a firewall that is being loaded: as a rule over in a second
  std::uint32_t expires_s = 0; // what decides is gone by then; 0: it stays

  // Who can let it in without going against what somebody wants ("ufw", "firewalld"), and by which
  // of firewalld's zones; empty: nobody that is known (engine/flow_opening).
  std::string opener;
  std::string zone;
  bool behind = false; // ... by a rule that leaves ufw's bans ahead of it

  // The firewall of before let it in, on this instance: seen by the agent, or somebody got in.
  bool accepted_before = false;
  // It was shut out until nobody could tell any more.
  bool shut_out_before = false;

  [[nodiscard]] bool accepted() const { return answer == firewall::Answer::Kind::accepted; }
  // ... as far as rules tell.
  [[nodiscard]] bool gets_in() const { return accepted() || usually || rules_accept; }
  // It does not get through, whatever else is true.
  [[nodiscard]] bool shut_out() const {
    return answer != firewall::Answer::Kind::accepted &&
           answer != firewall::Answer::Kind::undecided;
  }
  // ... or nobody can tell, and it did not before.
  [[nodiscard]] bool still_shut_out() const { return !gets_in() && shut_out_before; }
};

// Whose machine it is, where that is known for sure.
enum class Cloud { none, azure, aws, gcp };

// What the rules in force, and those that are saved, make of them.
struct Firewall {
  std::vector<Flow> flows;
  // By the saved rules; Unknown: what will be loaded could not be read. Empty where it is the same.
  Fact<std::vector<Flow>> saved = std::vector<Flow>{};
  std::string saved_by; // "ufw", "nftables.service"; empty: nothing is loaded at boot
  // Somebody gets in from somewhere: an address that the rules name, or anyone.
  bool somebody = true;
  std::vector<std::string> unread; // what could not be read, in words
  bool legacy = false;             // iptables-legacy has tables, whose changes no event tells
  std::string writer;              // who changed the rules last: "nft (pid 4711)"; or empty
  bool settled = true;             // not being read anew

  // The other way round: connections of the cloud's own agents to what the cloud answers them at
  // (`source`), and by the saved rules, where `saved` is known.
  Cloud cloud = Cloud::none;
  std::vector<Flow> platform;
  std::vector<Flow> platform_saved;
  // How a remedy may open it (config.hpp).
  bool open_permanent = false;
  std::uint32_t open_for_s = 0;
};

} // namespace sshguardd
