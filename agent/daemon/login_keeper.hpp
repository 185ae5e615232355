// Keeps a record of which accounts got in over SSH, so that one which is shut out later is known.
#pragma once

#include "host/loop.hpp"
#include "sshguardd/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sshguardd::daemon {

class LoginKeeper {
public:
  explicit LoginKeeper(host::Loop& loop) : loop_{loop} {}

  // After each look: whose machine, and which sshd; and whom wtmp(5) knows.
  void on_look(const Snapshot& snapshot);
  // logind has a new session; its processes come into it a moment later.
  void on_session();

private:
  void search();
  void note(const std::vector<Login>& logins);

  host::Loop& loop_;
  std::optional<Instance> instance_;
  std::string directory_; // whose record it is
  std::vector<Login> record_;
  std::uint32_t main_pid_ = 0;
  std::set<std::string> scopes_; // sessions that are known
  std::string problem_;          // told
  unsigned tries_ = 0;
  host::Source again_;
};

} // namespace sshguardd::daemon
