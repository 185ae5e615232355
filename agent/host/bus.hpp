// The system bus on the one loop. The only place that knows how sdbus-c++ 1.x and 2.x differ;
// included by bus.cpp and systemd.cpp alone, since the library's headers are heavy.
#pragma once

#include "host/loop.hpp"

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace sshguardd::host {

class Bus {
public:
  // on_lost: the connection broke; from the loop, never from within a call.
  Bus(Loop& loop, std::function<void()> on_lost);
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // Connects where it is not; the reason of a failure, or empty. The daemon is asked for a sign of
  // life first, since the library's own handshake waits for it.
  [[nodiscard]] std::string open();
  [[nodiscard]] bool is_open() const { return connection_ != nullptr; }
  void close();

  using Append = std::function<void(sdbus::MethodCall&)>;
  // Either a reply, or an error text.
  using Reply = std::function<void(sdbus::Message* reply, const std::string& error)>;
  // A method of systemd's, with a deadline of two seconds. The callback comes from the loop, or not
  // at all where the connection is lost meanwhile (on_lost tells that).
  void call(const std::string& path, const std::string& interface, const std::string& method,
            const Append& append, Reply reply);

  // A signal that matches the rule: "look again".
  void match(const std::string& rule, std::function<void()> callback);

private:
  struct Integration;

  sdbus::IProxy& proxy(const std::string& path);
  void lost();

  Loop& loop_;
  std::function<void()> on_lost_;
  std::unique_ptr<sdbus::IConnection> connection_;
  std::map<std::string, std::unique_ptr<sdbus::IProxy>> proxies_;
  std::vector<sdbus::Slot> slots_;
  std::unique_ptr<Integration> integration_;
  Source lost_soon_;
};

} // namespace sshguardd::host
