// Who carries out what sshguardctl asks for: the running agent, over its control socket; without
// one, sshguardctl itself, by the same methods.
#pragma once

#include "engine/varlink.hpp"
#include "sshguardd/fact.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sshguardd::ctl {

class Peer {
public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;
  // One method of io.sshguardd.Agent; parameters are a JSON object. Unknown: no answer, and why.
  virtual Fact<engine::varlink::Answer> call(const std::string& method,
                                             const std::string& parameters) = 0;
  // Calls with `more`, until the visitor answers false. What it returns is why it ended.
  virtual std::string
  subscribe(const std::function<bool(const std::string& parameters)>& visit) = 0;
  [[nodiscard]] virtual bool is_agent() const = 0;
};

struct FoundPeer {
  std::unique_ptr<Peer> peer;
  std::string why;     // where there is none
  bool absent = false; // because no agent runs
};

[[nodiscard]] FoundPeer running_agent();
// Holds the lock of the one who heals as long as it lives; `read_only` needs none.
[[nodiscard]] FoundPeer no_agent(bool read_only);
// The first that there is. Where there is none it was said on standard error.
[[nodiscard]] std::unique_ptr<Peer> agent_or_self(bool read_only = false);

// "uid 1000", of the person at the keyboard.
[[nodiscard]] std::string asker();

} // namespace sshguardd::ctl
