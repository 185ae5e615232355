// Questions to the kernel about links, addresses and routes: rtnetlink(7). It answers within the
// call; nothing here waits.
#pragma once

#include "host/fd.hpp"
#include "parse/rtnetlink.hpp"
#include "sshguardd/fact.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::host {

class RouteSocket {
public:
  RouteSocket();

  // Up to so many of each; a host of containers has a thousand links.
  static constexpr std::size_t most = 8192;
  [[nodiscard]] Fact<std::vector<parse::LinkMessage>> links();
  [[nodiscard]] Fact<std::vector<parse::AddressMessage>> addresses();
  // Default routes, and halves of them ("0.0.0.0/1"), of the main table and of those that rules
  // name.
  struct Defaults {
    std::vector<parse::RouteMessage> routes;
    bool marks = false; // some packets go by a mark that a firewall gives them
  };
  [[nodiscard]] Fact<Defaults> defaults();
  // A route for this one address leads nowhere.
  [[nodiscard]] bool banned(std::string_view address);

  // Those of tc that a link's packets come to: as they come in, or go out. None without a qdisc for
  // them.
  [[nodiscard]] Fact<std::vector<parse::FilterMessage>> filters(int index, bool egress);

  // The route that a packet takes; else the errno(3) that the kernel has for it.
  struct Route {
    parse::RouteMessage route;
    int error = 0;
  };
  [[nodiscard]] Fact<Route> route(std::string_view destination, std::string_view own, int out);

  [[nodiscard]] int index_of(std::string_view interface) const; // 0: none
  [[nodiscard]] std::string name_of(int index) const;           // empty: none

private:
  struct Answer {
    int error = 0;     // errno(3) in the kernel's answer
    std::string why;   // it could not be asked
    bool torn = false; // the tables changed meanwhile
  };
  // use(message) until it says false.
  using Use = std::function<bool(const parse::NetlinkMessage&)>;
  Answer ask(std::uint16_t type, std::uint16_t flags, std::string_view body, const Use& use);
  // Again where it was torn; what came is then thrown away by `clear`.
  Answer dump(std::uint16_t type, std::string_view body, const std::function<void()>& clear,
              const Use& use);

  Fd fd_;
  std::uint32_t sequence_ = 0;
};

} // namespace sshguardd::host
