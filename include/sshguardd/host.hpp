// What a remedy may ask of the machine. Only agent/remedy receives it.
#pragma once

#include "sshguardd/remedy.hpp"

#include <functional>
#include <optional>
#include <string>

namespace sshguardd {

class HostActions {
public:
  HostActions() = default;
  HostActions(const HostActions&) = delete;
  HostActions& operator=(const HostActions&) = delete;
  virtual ~HostActions() = default;

  // Manager methods of systemd; the job modes are "replace".
  enum class UnitVerb { reset_failed, start, stop, restart };
  // As systemctl(1) has it: "reset-failed".
  [[nodiscard]] static constexpr const char* name_of(UnitVerb verb) {
    constexpr const char* names[] = {"reset-failed", "start", "stop", "restart"};
    return names[static_cast<int>(verb)];
  }
  // nullopt: systemd took it (a job is queued, not done); else why not. Two seconds at most.
  using Done = std::function<void(std::optional<std::string> error)>;
  virtual void unit(UnitVerb verb, const std::string& name, Done done) = 0;

  // Every remedy but RestartSshd: done as a whole, or not at all. A minute at most.
  virtual void mend(const Remedy& remedy, Done done) = 0;
  // Where the last one has left what it replaced; empty where it replaced nothing.
  [[nodiscard]] virtual std::string kept() const { return {}; }
  // What the last one brought, for people: "freed 120 MiB in /var/cache/apt/archives"; or empty.
  [[nodiscard]] virtual std::string brought() const { return {}; }
};

} // namespace sshguardd
