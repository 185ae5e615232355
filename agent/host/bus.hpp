// The system bus on the one loop. The only place that knows how sdbus-c++ 1.x and 2.x differ;
// included by bus.cpp and bus_units.cpp alone, since the library's headers are heavy.
#pragma once

#include "host/bus_source.hpp"
#include "host/fd.hpp"
#include "host/loop.hpp"

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace sshguardd::host {

class Bus {
public:
  // All from the loop, never from within a call.
  struct Events {
    std::function<void()> opened;
    std::function<void()> failed; // no connection within two seconds; it may still open later
    std::function<void()> lost;   // the connection broke
  };
  Bus(Loop& loop, Events events);
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // Asks the daemon for a sign of life, and connects when that comes: the library's own handshake
  // waits for the daemon and would hang with it. A daemon that is silent is waited for, without
  // asking again; one that answers late is asked again, since it would be waited for.
  void connect();
  [[nodiscard]] bool is_open() const { return connection_ != nullptr; }
  [[nodiscard]] bool opening() const { return asking_deadline_ || failed_soon_; }
  [[nodiscard]] const std::string& why() const { return why_; } // it is not open
  void close(std::string why);

  using Append = std::function<void(sdbus::MethodCall&)>;
  // Either a reply, or an error text.
  using Reply = std::function<void(sdbus::Message* reply, const std::string& error)>;
  // A method of systemd's, with a deadline of two seconds. The callback comes from the loop, or not
  // at all where the connection is lost or closed meanwhile.
  void call(const std::string& path, const std::string& interface, const std::string& method,
            const Append& append, Reply reply);

  // A signal that matches the rule: "look again".
  void match(const std::string& rule, std::function<void()> callback);

private:
  sdbus::IProxy& proxy(const std::string& path);
  std::string ask();
  void on_asked();
  void stop_asking();
  void open();
  void fail(std::string why);
  void lost();

  Loop& loop_;
  Events events_;
  std::string why_ = "system bus: not connected";
  Fd asking_; // the sign of life: a conversation that ends with the daemon's first word
  Source asking_io_;
  Source asking_deadline_;
  BootTime asked_at_{};
  Source failed_soon_;
  BootTime::duration waited_{}; // for the daemon, since the connection was opened
  std::unique_ptr<sdbus::IConnection> connection_;
  std::map<std::string, std::unique_ptr<sdbus::IProxy>> proxies_;
  std::vector<sdbus::Slot> slots_;
  std::unique_ptr<BusSource> source_;
  Source lost_soon_;
};

} // namespace sshguardd::host
