// Whether a remedy may run now, and why not.
#pragma once

#include "sshguardd/time.hpp"

#include <optional>
#include <string>

namespace sshguardd::engine {

enum class Hold {
  none,   // apply it
  off,    // healing is switched off
  paused, // by a person, for a while
  intent, // somebody is at work or wants it so
  cause,  // another finding has to be mended first
  guard,  // acting could do harm
  opt_in, // a person would have to switch it on
  grace,  // somebody did it, and may undo it himself
  budget, // tried a short while ago
  frozen, // tried in vain too often: one try now and then
  fight,  // somebody undoes it
  unknown // could not look
};

struct Decision {
  Hold hold = Hold::none;
  std::string why;                  // for people, one clause; empty for Hold::none
  std::optional<BootTime> retry_at; // when time alone may change the answer
  bool brief = false;               // over within a moment: not worth a line
};

} // namespace sshguardd::engine
