// The programs that are sshd: the one on disk, the one that runs, and those it starts for each
// connection.
#pragma once

#include <string>
#include <vector>

namespace sshguardd {

struct SshdBinary {
  std::string path;                 // as the unit has it
  std::vector<std::string> helpers; // sshd-session (from 9.8 on), sshd-auth (from 10.0 on)
  std::vector<std::string> missing; // those of them that are not there or cannot be executed
  // The running sshd was started from another file than has that name now; Unknown reads as no.
  bool replaced = false;
  std::string cannot_run; // how `sshd -t` died: "ended by signal 11"; empty = it did not
};

} // namespace sshguardd
