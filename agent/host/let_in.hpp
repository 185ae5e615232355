// Whom the guest's firewall has let in, kept for the instance across boots: who gets in no more has
// lost it; anybody else never had it.
#pragma once

#include "host/instance_file.hpp"
#include "sshguardd/snapshot.hpp"

#include <set>
#include <string>
#include <utility>

namespace sshguardd::host {

class LetIn {
public:
  // Whether it is kept in a file, for the next boot.
  void keep(bool keeps) { kept_.keep(keeps); }
  // True: the record is another now, an instance's that was not known before.
  bool read(const Fact<Instance>& instance);

  // The addresses that sshd listens on.
  void bind(std::set<std::string> addresses) { bound_ = std::move(addresses); }

  // Says of each flow whether it was let in before, and remembers who is now. That everybody is let
  // in is remembered only if it lasts.
  void mark(Firewall& firewall, bool lasts);
  // Everybody is let in, and that is not remembered yet.
  [[nodiscard]] bool everybody_is_new(const Firewall& firewall) const;

private:
  [[nodiscard]] std::string key_of(const Flow& flow) const;
  [[nodiscard]] bool full() const;
  void write() const;

  InstanceFile kept_{"let-in", "whom the firewall lets in is not kept"};
  std::set<std::string> bound_;
  std::set<std::string> keys_;
};

} // namespace sshguardd::host
