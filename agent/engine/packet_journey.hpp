// Packets of one connection, one behind the other, through all chains that they come to: what they
// may come to. Pure.
#pragma once

#include "engine/chain_walk.hpp"
#include "engine/conntrack_need.hpp"
#include "engine/firewall_match.hpp"
#include "engine/firewall_packet.hpp"
#include "engine/hook_order.hpp"
#include "sshguardd/firewall.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::firewall {

struct Outcome {
  Answer::Possible what;
  bool usual = true;
  std::optional<Cause> open;
};

// Joins what is the same for people.
void add_outcome(std::vector<Outcome>& outcomes, Outcome outcome);

class Journey {
public:
  Journey(const Ruleset& rules, const Connection& connection, Trace* trace, bool other_way)
      : rules_(rules), connection_(connection), names_(rules),
        walk_(names_, connection, work_, trace), trace_(trace), other_way_(other_way) {}

  // The packets in their order, each behind those that all chains accept before it.
  std::vector<Outcome> go(const std::vector<Packet>& packets);

  [[nodiscard]] const Work& work() const { return work_; }
  [[nodiscard]] bool ties() const { return ties_; }

private:
  Path start() const;

  // What could not be read may do anything, and at any time.
  void leave_unread(Path& path);
  void leave_untranslated(const Packet& packet, std::vector<Path>& paths);

  void keep(std::vector<Path>& paths, Path path);

  // Beside the rules (beside_rules.cpp).
  void past_programs(const Packet& packet, std::vector<Path>& paths);
  void past_program(const Packet& packet, std::string_view name, std::vector<Path>& paths);
  void to_socket(const Packet& packet, std::vector<Path>& paths);
  void deny(const Packet& packet, const SocketFilter& filter, const SocketFilter::Prefix& prefix,
            Path& path);
  void count_programs();

  // Through all chains. What ends on the way is an outcome, or one of `lost`.
  struct Lost {
    Station station;
    End end;
  };
  std::vector<Path> pass(const Order& order, const Packet& packet, Path path,
                         std::vector<Lost>* lost = nullptr);

  // After routing: what is not for this machine, or no longer for the other side, leaves the way
  // that is asked about.
  [[nodiscard]] Hook routed() const {
    return connection_.outgoing ? Hook::postrouting : Hook::input;
  }
  void new_hook(const Packet& packet, Hook hook, std::vector<Path>& paths);

  // Of what is no first packet, in a chain that translates.
  std::vector<End> late_translation(const Station& station, const Packet& packet, const Path& path);

  std::vector<End> ask(const Station& station, const Packet& packet, const Path& path);

  // Where a chain is asked about that packet.
  [[nodiscard]] Moment moment_at(const Station& station, const Packet& packet) const;

  // Whether a refusal gets out. No mark is on it; where conntrack had not seen what it refuses,
  // nobody tells what it makes of it.
  std::optional<bool> told(const Station& station, const Packet& packet, const End& end);

  // The answer is lost: the client's first packet comes again, and is refused now.
  bool refused_again(const Station& station, const Packet& packet, const End& end);

  void ended(const Station& station, const Packet& packet, const End& end);

  void accepted(const Path& path);

  const Ruleset& rules_;
  const Connection& connection_;
  Names names_;
  Work work_;
  ChainWalk walk_;
  Trace* trace_;
  bool other_way_;
  std::optional<bool> conntrack_; // a rule needs it; found out when that matters
  bool ties_ = false;
  std::vector<Outcome> outcomes_;
  std::optional<Outcome> stopped_; // by a program
  std::deque<std::string> words_;  // that causes name
};

} // namespace sshguardd::firewall
