// Whether what is saved brings a network up at the next boot. Told only where all of it is
// understood.
#pragma once

#include "host/child.hpp"
#include "host/loop.hpp"
#include "host/return_ways.hpp"
#include "parse/boot_network.hpp"
#include "sshguardd/fact.hpp"
#include "sshguardd/network.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshguardd::host {

class NetworkBootReader {
public:
  // on_news: netplan has answered: look again.
  NetworkBootReader(Loop& loop, std::function<void()> on_news);

  // The files are read when one of them changed, or the links did.
  [[nodiscard]] Fact<NetworkBoot> read(const NetworkState& state);

  // The first answer is still to come.
  [[nodiscard]] bool first() const { return child_ && !answered_; }

private:
  void ask_netplan(const std::vector<parse::BootLink>& links, const std::string& names);
  void on_netplan(const ChildResult& result, const std::string& links);

  Loop& loop_;
  std::function<void()> on_news_;
  std::unique_ptr<Child> child_;
  bool answered_ = false;
  std::string seen_;
  Fact<NetworkBoot> boot_;
};

} // namespace sshguardd::host
