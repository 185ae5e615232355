// systemd's view of sshd's units: over D-Bus (org.freedesktop.systemd1(5)), and by systemctl
// through PID 1's private socket while the bus is away.
#pragma once

#include "host/loop.hpp"
#include "sshguardd/fact.hpp"
#include "sshguardd/host.hpp"
#include "sshguardd/snapshot.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sshguardd::host {

class Systemd {
public:
  Systemd() = default;
  Systemd(const Systemd&) = delete;
  Systemd& operator=(const Systemd&) = delete;
  virtual ~Systemd() = default;

  // on_change: a unit of sshd's, or the manager, has changed: look again. on_session: somebody logs
  // in, in whatever way.
  static std::unique_ptr<Systemd> connect(
      Loop& loop, std::function<void()> on_change, std::function<void()> on_session = [] {});

  // everything: all properties afresh. changes: one question; the last answer where nothing
  // changed.
  enum class Depth { everything, changes };
  using Callback = std::function<void(Fact<SshUnits>)>;
  // Asynchronous; Unknown where systemd gives no answer either way: two seconds for each, and
  // three.
  virtual void read(Depth depth, Callback callback) = 0;

  // HostActions::unit().
  virtual void unit(HostActions::UnitVerb verb, const std::string& name,
                    HostActions::Done done) = 0;
};

} // namespace sshguardd::host
