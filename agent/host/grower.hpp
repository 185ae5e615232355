// Has systemd make a file system larger, step by step. The agent itself may open no disk.
#pragma once

#include "engine/grow_steps.hpp"
#include "host/block.hpp"
#include "host/child.hpp"
#include "host/loop.hpp"
#include "host/systemd_step.hpp"
#include "parse/mountinfo.hpp"
#include "sshguardd/remedy.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// What the machine says of a mount now: looked at before the first step and before each next one.
struct GrowSight {
  std::function<std::string()> table = {};                         // proc(5), mountinfo
  std::function<Fact<Space>(const std::string& mount)> space = {}; // statvfs(3)
  BlockTree tree = {};
};
[[nodiscard]] GrowSight grow_sight();

// What is below that mount, if it is that file system's and nothing else covers it.
[[nodiscard]] std::optional<RoomBelow> look_below(const GrowFileSystem& seen,
                                                  const GrowSight& sight);

class Grower {
public:
  using Done = std::function<void(const StepsEnd&)>;
  Grower(Loop& loop, GrowFileSystem remedy, GrowSight sight, std::string systemd_run, Done done);

  // done is called once; not where it is destroyed before.
  void start();

private:
  void next();
  void on_step(const ChildResult& result);
  void fail(const std::string& why, bool late = false);
  void finish();

  Loop& loop_;
  GrowFileSystem remedy_;
  GrowSight sight_;
  std::string systemd_run_;
  Done done_;
  std::vector<engine::GrowStep> steps_;
  std::size_t at_ = 0;
  bool partition_done_ = false;
  std::unique_ptr<Child> child_;
};

} // namespace sshguardd::host
