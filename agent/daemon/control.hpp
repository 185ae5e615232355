// The control socket: Varlink for root, on the one loop. Bounded in clients, bytes and time; what
// is said on it is engine/control's.
#pragma once

#include "engine/control.hpp"
#include "host/fd.hpp"
#include "host/loop.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sshguardd::daemon {

class ControlSocket {
public:
  ControlSocket(host::Loop& loop, engine::Control& control);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  // Replaces what an earlier run has left; only for the one agent (host/instance_lock).
  void listen();
  [[nodiscard]] const std::string& problem() const { return problem_; }

  // Lines that were reported, for those who subscribed.
  void tell(const std::vector<engine::Line>& lines, const Snapshot& snapshot);

private:
  struct Client {
    host::Fd fd;
    std::shared_ptr<engine::Session> session;
    host::Source io;
    host::Source deadline;
    enum class Wait { none, rest_of_frame, reader } wait = Wait::none;
  };

  bool open_socket(); // problem_ says why not
  void on_accept();
  void admit(host::Fd fd);
  void on_io(unsigned number, std::uint32_t events);
  void read(Client& client);
  [[nodiscard]] bool write(Client& client); // false: the connection is gone
  void update(unsigned number);             // sends, then waits for what comes next, or ends it
  void set_deadline(unsigned number, Client& client);
  void on_deadline(unsigned number);
  void drop(unsigned number);

  host::Loop& loop_;
  engine::Control& control_;
  std::string problem_;
  host::Fd fd_;
  host::Source acceptable_;
  host::Source accept_later_;
  host::Source update_soon_;
  std::map<unsigned, Client> clients_;
  unsigned next_ = 0;
};

} // namespace sshguardd::daemon
