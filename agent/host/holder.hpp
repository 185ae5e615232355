// Who holds a listening socket: its control group, and the process where that can be told.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace sshguardd::host {

// Remembers what it found for as long as the socket is asked for: looking is a walk over the
// control groups.
class Holders {
public:
  // Fills in group, pid and program of those listeners that `is_asked` names.
  template <class Asked> void name(std::vector<Listener>& listeners, Asked is_asked) {
    std::map<std::uint64_t, Listener> kept;
    for (Listener& one : listeners) {
      if (is_asked(one)) kept[one.inode] = named(one);
    }
    known_ = std::move(kept);
  }

private:
  const Listener& named(Listener& one);

  std::map<std::uint64_t, Listener> known_; // by inode
};

} // namespace sshguardd::host
