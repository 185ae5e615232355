// All that the agent can ever do to a machine: a closed set of plain data. A check proposes one,
// the policy decides, only agent/remedy carries it out.
#pragma once

#include <string>
#include <variant>

namespace sshguardd {

// Start sshd again: `reset-failed` on the service and its socket, then the service is started, or,
// where the socket owns the port, the service is stopped and the socket started.
struct RestartSshd {
  std::string service;  // unit name, "ssh.service"; empty with Accept=yes sockets (templates)
  std::string socket;   // unit name of the socket that owns the port; empty where none does
  bool running = false; // sshd lives: it is restarted, not started
  bool stopped = false; // somebody stopped it: to start it is opt-in
  bool once = false;    // it serves in part: one try, until its configuration is another
};

using Remedy = std::variant<RestartSshd>;

// The name in configuration, JSON and ledger.
[[nodiscard]] constexpr const char* name_of(const RestartSshd& remedy) {
  return remedy.stopped ? "start" : "restart";
}
[[nodiscard]] inline const char* name_of(const Remedy& remedy) {
  return std::visit([](const auto& kind) { return name_of(kind); }, remedy);
}

} // namespace sshguardd
