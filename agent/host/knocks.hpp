// Somebody connects to sshd: seen by the program that sshd executes for each connection (itself, or
// sshd-session from 9.8 on). The kernel tells that it is opened, once, and then no more until the
// next one is asked for, so that a flood of connections is no flood of wakeups.
#pragma once

#include "host/fd.hpp"
#include "host/loop.hpp"

#include <functional>
#include <string>

namespace sshguardd::host {

class Knocks {
public:
  // on_knock: the program was opened: by sshd, or by whoever else executes or reads it.
  Knocks(Loop& loop, std::function<void()> on_knock);

  // Waits for the next one; where one is waited for already nothing changes. The program may have
  // been replaced under its name since. Without inotify, or where there is no such file, none
  // comes.
  void await(const std::string& program);

private:
  void read_events();

  Fd fd_;
  Source source_;
  std::function<void()> on_knock_;
  int watch_ = -1;
};

} // namespace sshguardd::host
