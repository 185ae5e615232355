// Tells when the rules of nftables change, of iptables-nft's and whoever else's too: the kernel's
// nftables group of netlink(7), one message for each transaction. Bursts are one change. Changes
// of iptables-legacy, elements that run out, and what packets add to sets it does not tell.
#pragma once

#include "host/fd.hpp"
#include "host/loop.hpp"
#include "sshguardd/time.hpp"

#include <functional>
#include <string>

namespace sshguardd::host {

class RuleWatch {
public:
  // on_change: 0.3 to 0.45 s after the last of a burst, four seconds after its first one; once a
  // second while there is no end of them.
  RuleWatch(Loop& loop, std::function<void()> on_change);

  // No burst is under way.
  [[nodiscard]] bool quiet() const { return !pause_; }
  // The last one had no end.
  [[nodiscard]] bool endless() const { return endless_; }
  // Who made the last one, "nft (pid 4711)"; untrusted.
  [[nodiscard]] const std::string& writer() const { return writer_; }

private:
  void on_message();
  void on_pause();
  bool drain(); // true: there was something

  Loop& loop_;
  std::function<void()> on_change_;
  std::string writer_;
  BootTime first_{};     // of the burst
  bool endless_ = false; // the one before had no end
  unsigned silent_ = 0;  // so many steps of it, in a row
  Fd fd_;
  Source pause_;
  Source source_;
};

} // namespace sshguardd::host
