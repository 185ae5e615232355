// Whether answers to those who got in before still leave the way they came. What is expected is
// what this run of the agent saw at first: it cannot know by which way somebody is to come.
#pragma once

#include "host/routes.hpp"
#include "parse/rtnetlink.hpp"
#include "sshguardd/network.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

// Of one moment.
struct NetworkState {
  std::vector<parse::LinkMessage> links;
  std::vector<int> outward; // engine::outward_links()
  std::vector<parse::AddressMessage> addresses;
  std::vector<parse::RouteMessage> defaults;
  bool marks = false; // some packets go by a mark that a firewall gives them
};

// nullptr: there is none of that name.
[[nodiscard]] const parse::LinkMessage* link_named(const NetworkState& state,
                                                   const std::string& name);
[[nodiscard]] bool leads_out(const NetworkState& state, const std::string& interface);

// What the kernel is asked; the tests answer themselves.
struct NetworkQuestions {
  std::function<Fact<Way>(std::string_view destination, std::string_view own)> way;
  std::function<bool(std::string_view address)> banned;
  std::function<int(const std::string& interface)> rp_filter; // of 0, 1, 2; -1: not known
};

class ReturnWays {
public:
  // sources: as text, newest login first. logged_in: somebody has since the last time, from the
  // first of them.
  [[nodiscard]] std::vector<ReturnWay> look(const std::vector<std::string>& sources, bool logged_in,
                                            const NetworkState& state,
                                            const NetworkQuestions& questions);

private:
  struct Seen {
    std::string own;
    std::string interface;
    bool physical = false;
  };
  std::map<std::string, Seen> seen_; // by source
};

} // namespace sshguardd::host
