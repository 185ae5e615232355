// Keeps the record of which keys accounts had, and compares it with those they have.
#pragma once

#include "engine/key_record.hpp"
#include "sshguardd/snapshot.hpp"

#include <optional>
#include <string>

namespace sshguardd::host {

class KeyKeeper {
public:
  // After each look: fills in what the snapshot's accounts have lost.
  void compare(Snapshot& snapshot, const engine::KeyUses& uses);

  // Whether it is written; somebody else may keep it.
  void keep_record(bool keeps);

private:
  void open_record(const Instance& instance);
  void save_record(const Instance& instance, BootTime now);

  std::string record_of_;                   // whose directory
  std::optional<engine::KeyRecord> record_; // nothing: it is not known what was
  std::optional<engine::KeyRecord> saved_;  // as it lies on disk
  BootTime window_since_{};
  unsigned writes_ = 0; // since then
  bool keeps_record_ = false;
  std::string save_problem_; // told
};

} // namespace sshguardd::host
