// systemd asked by short-lived systemctl children, while the bus is away. As root without a bus of
// its own choice, systemctl talks to PID 1 through /run/systemd/private.
#pragma once

#include "host/bus_units.hpp"
#include "host/child.hpp"
#include "host/loop.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

class Systemctl {
public:
  explicit Systemctl(Loop& loop) : loop_{loop} {}

  // Within three seconds. `known`: the last full answer over the bus, for what is not printed.
  void read(std::optional<SshUnits> known, Systemd::Callback callback);

  // Within two seconds.
  void act(HostActions::UnitVerb verb, const std::string& name, BusUnits::Acted done);

private:
  void ask(std::vector<std::string> arguments, void (Systemctl::*into)(const std::string&));
  void on_units(const std::string& out);
  void on_files(const std::string& out);
  void on_state(const std::string& out);
  void answered();

  Loop& loop_;
  std::vector<std::unique_ptr<Child>> asking_;
  std::unique_ptr<Child> acting_;
  std::optional<SshUnits> known_;
  Systemd::Callback callback_;
  int pending_ = 0;
  std::string failed_;
  std::string system_state_;
  std::vector<Unit> units_;
  std::vector<UnitFile> files_;
};

} // namespace sshguardd::host
