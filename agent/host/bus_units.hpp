// The conversation with systemd over the system bus. Nothing of sdbus-c++ in here: its headers cost
// every includer ten seconds.
#pragma once

#include "host/systemd.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sshguardd::host {

class BusUnits {
public:
  struct Events {
    std::function<void()> changed; // a unit of sshd's, or the manager: look again
    std::function<void()> opened;  // connected
    std::function<void()> failed;  // not connected within the deadline; or lost
    std::function<void()> session; // logind has a new session
  };
  static std::unique_ptr<BusUnits> make(Loop& loop, Events events);

  BusUnits() = default;
  BusUnits(const BusUnits&) = delete;
  BusUnits& operator=(const BusUnits&) = delete;
  virtual ~BusUnits() = default;

  virtual void connect() = 0; // asynchronous; nothing where it is connected or being connected
  virtual void drop() = 0;    // closes a connection that does not answer; what waits for it fails
  [[nodiscard]] virtual bool is_open() const = 0;
  [[nodiscard]] virtual bool opening() const = 0;           // opened or failed is still to come
  [[nodiscard]] virtual const std::string& why() const = 0; // why it is not open

  // Within two seconds, or when the connection is lost.
  virtual void read(Systemd::Depth depth, Systemd::Callback callback) = 0;

  // unsure: no answer came; it may have been carried out, or may still be.
  enum class Sent { done, refused, not_sent, unsure };
  using Acted = std::function<void(Sent sent, const std::string& error)>;
  virtual void act(HostActions::UnitVerb verb, const std::string& name, Acted done) = 0;
};

} // namespace sshguardd::host
