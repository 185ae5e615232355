// Records sshd's configuration as known good, once somebody has logged in with it.
#pragma once

#include "host/loop.hpp"
#include "sshguardd/snapshot.hpp"

#include <optional>
#include <string>

namespace sshguardd::daemon {

class KnownGoodKeeper {
public:
  explicit KnownGoodKeeper(host::Loop& loop) : loop_{loop} {}

  // After each look: whether a login would prove anything now, and whether somebody is in already.
  void on_look(const Snapshot& snapshot);
  // Before anything else is made of a look: a rollback that was killed half way, by somebody or by
  // the agent's own end, is undone. none: there is none.
  enum class HalfDone { none, undone, left };
  [[nodiscard]] HalfDone recover(const Snapshot& snapshot, bool may_recover);
  // That it could not be undone, or may not be; else empty.
  [[nodiscard]] const std::string& half_done() const { return half_done_; }
  // logind has a new session; its processes come into it a moment later.
  void on_session();

private:
  void search();
  void record();
  void tell_problem(const std::string& problem);

  struct Wanted {
    Unit service;
    Instance instance;
    std::string fingerprint;
    std::string run; // of sshd
  };

  host::Loop& loop_;
  std::optional<Wanted> wanted_; // a login would prove this, and it is not recorded yet
  std::string recorded_;         // run and fingerprint
  std::string run_;              // of sshd, and what its configuration was when it was seen first
  std::string fingerprint_;
  std::string problem_;   // told
  std::string half_done_; // told
  unsigned tries_ = 0;
  host::Source again_;
};

} // namespace sshguardd::daemon
