// Where sshd was seen to answer, kept for this instance of the machine.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <string>

namespace sshguardd::host {

class ListenHistory {
public:
  // Tells what is kept, and keeps what has lasted: a probe was answered, and this run of sshd, with
  // the configuration that is on disk, is minutes old.
  void follow(Snapshot& snapshot);

private:
  std::string directory_; // whose state `text_` is
  std::string text_;
};

} // namespace sshguardd::host
