// Has ufw or firewalld let sshd in, step by step, as a unit of systemd's.
#pragma once

#include "engine/open_steps.hpp"
#include "host/child.hpp"
#include "host/loop.hpp"
#include "host/systemd_step.hpp"
#include "sshguardd/remedy.hpp"
#include "sshguardd/time.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

class Opener {
public:
  using Done = std::function<void(const StepsEnd&)>;
  // An absolute path; empty: not installed.
  using Find = std::function<std::string(const std::string& program)>;
  Opener(Loop& loop, OpenFirewall remedy, Find find, Done done);

  // done is called once; not where it is destroyed before.
  void start();

private:
  void next();
  void on_step(const ChildResult& result);
  void end(std::optional<std::string> error, bool late = false);

  Loop& loop_;
  OpenFirewall remedy_;
  Find find_;
  Done done_;
  std::vector<std::vector<std::string>> steps_;
  std::vector<std::string> undo_; // one for each step
  std::size_t at_ = 0;
  std::vector<std::string> back_; // what takes back the steps that changed something
  BootTime started_{};
  std::unique_ptr<Child> child_;
};

} // namespace sshguardd::host
