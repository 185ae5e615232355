// Tells when an address of the machine, a default route or a link that leads out comes or goes, or
// a route that leads nowhere, by rtnetlink(7); not of each: a host of containers makes and drops
// interfaces all day.
#pragma once

#include "host/fd.hpp"
#include "host/loop.hpp"
#include "sshguardd/time.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sshguardd::host {

class AddressWatch {
public:
  AddressWatch(Loop& loop, std::function<void()> on_change);

private:
  void listen();
  void on_message();
  void drain();
  void compare();

  Loop& loop_;
  std::function<void()> on_change_;
  Fd fd_;
  std::vector<std::string> news_; // as it was last: news_of()
  bool elsewhere_ = false;        // a route that leads nowhere, or a rule of routing, came or went
  BootTime compared_{};
  Source later_;
  Source source_;
};

} // namespace sshguardd::host
