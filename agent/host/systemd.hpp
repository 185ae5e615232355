// systemd's view of sshd's units, read over D-Bus (org.freedesktop.systemd1(5)).
#pragma once

#include "host/loop.hpp"
#include "sshguardd/fact.hpp"
#include "sshguardd/host.hpp"
#include "sshguardd/snapshot.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sshguardd::host {

class Systemd : public HostActions {
public:
  // on_change: a unit of sshd's, or the manager, has changed: look again.
  static std::unique_ptr<Systemd> connect(Loop& loop, std::function<void()> on_change);

  using Callback = std::function<void(Fact<SshUnits>)>;
  // Asks afresh, asynchronously; Unknown where systemd or the bus gives no answer in two seconds.
  virtual void read(Callback callback) = 0;
};

} // namespace sshguardd::host
