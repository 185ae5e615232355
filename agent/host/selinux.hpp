// What SELinux lets sshd bind; asked only where it enforces, once for each configuration and
// policy (`semanage port -a` loads another), and again later where no answer came.
#pragma once

#include "host/child.hpp"
#include "sshguardd/snapshot.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sshguardd::host {

// A policy is loaded, and what it does not allow is refused.
[[nodiscard]] bool selinux_enforces();

class SelinuxReader {
public:
  // on_news: an answer has come: look again.
  SelinuxReader(Loop& loop, std::function<void()> on_news);

  // The answer as far as it is known; semanage takes a second, so it runs beside the looks.
  [[nodiscard]] Fact<SelinuxPorts> read(const std::string& fingerprint);

private:
  Loop& loop_;
  std::function<void()> on_news_;
  std::string asked_; // for which configuration and policy
  BootTime failed_{}; // when no answer came
  Fact<SelinuxPorts> ports_;
  std::unique_ptr<Child> child_;
};

} // namespace sshguardd::host
