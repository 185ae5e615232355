// The last configuration of sshd that let somebody log in, as far as a look needs to know it.
#pragma once

#include <cstdint>

namespace sshguardd {

struct KnownGood {
  std::int64_t saved_us = 0; // CLOCK_REALTIME
  bool differs = false;      // what lies on disk now is another one
};

} // namespace sshguardd
