// Whether a connection that the firewall keeps out could be let in by the program whose rules they
// are, and without going against what somebody wants. Pure.
#pragma once

#include "sshguardd/firewall.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

namespace sshguardd::engine {

struct Opening {
  std::string owner; // "ufw", "firewalld"
  std::string zone;  // of firewalld
  // ufw's rules that people have written refuse somebody: none may go ahead of them.
  bool behind = false;
};

// Whether anybody gets in, or may, at that connection's port: from an address that the rules name,
// by an interface that they name (but for those `inside` the machine), to any address of its own,
// in all their combinations. Nothing: those are too many to ask, or not all known.
[[nodiscard]] std::optional<bool> anybody_gets_in(const firewall::Ruleset& rules,
                                                  const firewall::Connection& connection,
                                                  const std::set<std::string>& inside = {});

// Names of interfaces that rules have, without lo; "eth*" stands for "eth0". Nothing: too many.
[[nodiscard]] std::optional<std::set<std::string>> named_interfaces(const firewall::Ruleset& rules);

class Openings {
public:
  // rules: live longer.
  explicit Openings(const firewall::Ruleset& rules) : rules_(rules) {}

  // Nothing where it is not: rules that were not read in full; a decision that is not ufw's or
  // firewalld's default for what nobody has named (a rule of its own for that port, a drop zone,
  // panic mode, a ban); a rule on the way that goes by where it comes from; an address or an
  // interface that the rules name and let in, which is then who is meant to; and where the owner's
  // rule would not help, since another one is in the way, too.
  [[nodiscard]] std::optional<Opening> of(const firewall::Connection& connection,
                                          const firewall::Answer& answer);

private:
  [[nodiscard]] bool goes_by_source(const firewall::Connection& connection) const;
  [[nodiscard]] bool others_get_in(const firewall::Connection& connection);
  [[nodiscard]] bool helps(const firewall::Connection& connection, const firewall::Chain& chain,
                           bool behind);

  const firewall::Ruleset& rules_;
  // By family, port, interface and address that it comes to.
  std::map<std::tuple<bool, std::uint16_t, std::string, std::string>, bool> others_;
  // The rules with one more, as they were asked last: rules may be many, and few chains decide.
  struct Opened {
    const firewall::Chain* chain = nullptr;
    std::uint16_t port = 0;
    bool behind = false;
    firewall::Ruleset rules;
  } opened_;
};

} // namespace sshguardd::engine
