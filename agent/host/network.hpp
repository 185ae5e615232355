// Links, default routes, and the ways back to those who got in before.
#pragma once

#include "host/login_links.hpp"
#include "host/network_boot.hpp"
#include "host/return_ways.hpp"
#include "sshguardd/fact.hpp"
#include "sshguardd/snapshot.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd::host {

[[nodiscard]] Fact<NetworkState> read_network_state();

// What an event is about: addresses of the machine that others can use, default routes, and which
// of the links that lead out are up, or have XDP programs; sorted. Of link-local addresses it
// matters that there is one.
[[nodiscard]] std::vector<std::string> news_of(const NetworkState& state);

class NetworkReader {
public:
  // on_news: something that was asked for has come: look again.
  NetworkReader(Loop& loop, std::function<void()> on_news) : boot_{loop, std::move(on_news)} {}

  // Whether what is known of logins is kept for the instance, across boots.
  void keep_record(bool keeps) { links_.keep(keeps); }

  // sources, logged_in: of LoginSources; those that cannot be judged now (LoginLinks) are taken out
  // of them.
  [[nodiscard]] Fact<Network> read(std::vector<std::string>& sources, bool logged_in,
                                   const Fact<Instance>& instance);
  // A first answer is still to come.
  [[nodiscard]] bool first() const { return boot_.first(); }

private:
  LoginLinks links_;
  ReturnWays ways_;
  NetworkBootReader boot_;
};

} // namespace sshguardd::host
