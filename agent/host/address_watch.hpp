// Tells when an address of the machine comes or goes, by rtnetlink(7); not of each: a host of
// containers makes and drops interfaces all day.
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
  void read();
  void compare();

  Loop& loop_;
  std::function<void()> on_change_;
  Fd fd_;
  std::vector<std::string> addresses_; // sorted
  BootTime compared_{};
  Source later_;
  Source source_;
};

} // namespace sshguardd::host
