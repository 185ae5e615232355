// What the findings of held remedies have in common.
#pragma once

#include "sshguardd/remedy.hpp"
#include "sshguardd/snapshot.hpp"

namespace sshguardd::checks {

// Its subject is a unit, which has a journal.
[[nodiscard]] inline bool is_of_a_unit(const HeldRemedy& held) {
  return held.remedy == name_of(RestartSshd{}) ||
         held.remedy == name_of(RestartSshd{.stopped = true});
}

} // namespace sshguardd::checks
